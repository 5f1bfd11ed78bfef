// XML 1.0 from a tree of elements, for reports that machines read. Any text goes in: what XML cannot hold, or what would steer a terminal the report is
// printed on, is shown as a symbol (visible.ts); a line break stays one.
import { visible } from './visible.ts';

export interface XmlElement {
  name: string;
  attributes?: Readonly<Record<string, string | number>>;
  /** Elements and texts. Elements alone get a line each; beside a text nothing is added. */
  children?: readonly (XmlElement | string)[];
}

/** A whole document, ending in a newline. Names are the caller's and are not checked. */
export function xmlDocument(root: XmlElement): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${elementText(root, '')}\n`;
}

function elementText({ name, attributes = {}, children = [] }: XmlElement, margin: string): string {
  const pairs = Object.entries(attributes).map(([key, value]) => ` ${key}="${attributeText(String(value))}"`);
  const open = `<${name}${pairs.join('')}`;
  if (children.length === 0) return `${open}/>`;
  if (children.some((child) => typeof child === 'string'))
    return `${open}>${children.map((child) => (typeof child === 'string' ? escaped(child) : elementText(child, margin))).join('')}</${name}>`;
  const inner = `${margin}  `;
  const lines = children.map((child) => `\n${inner}${elementText(child as XmlElement, inner)}`);
  return `${open}>${lines.join('')}\n${margin}</${name}>`;
}

/** A raw line break in an attribute is read as a space. */
function attributeText(text: string): string {
  return escaped(text).replaceAll('\n', '&#10;');
}

function escaped(text: string): string {
  return text
    .split('\n')
    .map(visible)
    .join('\n')
    .replace(/[&<>"\ufffe\uffff]/g, (character) => entities[character]!);
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\ufffe': '&lt;U+FFFE&gt;',
  '\uffff': '&lt;U+FFFF&gt;',
};
