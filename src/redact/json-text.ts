// Secrets in a text that is JSON. The text is edited where a secret stands and nowhere else: large numbers, duplicate keys, key order and white space
// survive, which parsing and writing again would not promise.
import { redactKeyShapes } from './key-shapes.ts';
import { isHarmless, REDACTED } from './marker.ts';
import { judgeName, type Place } from './names.ts';

/**
 * The JSON text with the values of secret keys replaced and every other string passed through `redactString`; undefined if the text is not JSON.
 * @param redactString gets the decoded string and returns what should stand there.
 */
export function redactJsonText(text: string, redactString: (value: string) => string): string | undefined {
  if (!isJson(text)) return undefined;
  let result = '';
  let done = 0;
  const put = (from: number, to: number, value: string): void => {
    result += text.slice(done, from) + JSON.stringify(value);
    done = to;
  };
  const outer: Place[] = [];
  let place: Place = 'plain';
  // Where the object or list that may come next stands.
  let below: Place = 'plain';
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case openBrace:
      case openBracket:
        outer.push(place);
        place = below;
        break;
      case closeBrace:
      case closeBracket:
        place = outer.pop() ?? 'plain';
        below = place;
        break;
      case comma:
        below = place;
        break;
      case quote: {
        const end = endOfString(text, at);
        const value = decode(text, at, end);
        const colon = skipSpace(text, end);
        if (text[colon] !== ':') {
          const redacted = redactString(value);
          if (redacted !== value) put(at, end, redacted);
          at = end - 1;
          break;
        }
        const name = judgeName(value, place);
        below = name.below;
        const shown = redactKeyShapes(value);
        if (shown !== value) put(at, end, shown);
        const valueAt = skipSpace(text, colon + 1);
        at = valueAt - 1;
        if (!name.secret) break;
        const valueEnd = endOfValue(text, valueAt);
        if (!isOpen(text, valueAt, valueEnd, place)) put(valueAt, valueEnd, REDACTED);
        at = valueEnd - 1;
        break;
      }
    }
  }
  return done === 0 ? text : result + text.slice(done);
}

const openBrace = 123;
const closeBrace = 125;
const openBracket = 91;
const closeBracket = 93;
const comma = 44;
const quote = 34;

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text.charCodeAt(at - slashes - 1) === 92) slashes += 1;
    if (slashes % 2 === 0) return at + 1;
  }
  return text.length;
}

function decode(text: string, from: number, to: number): string {
  const inside = text.slice(from + 1, to - 1);
  return inside.includes('\\') ? (JSON.parse(text.slice(from, to)) as string) : inside;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \t\r\n'.includes(text[at] as string)) at += 1;
  return at;
}

function endOfValue(text: string, start: number): number {
  const first = text[start];
  if (first === '"') return endOfString(text, start);
  if (first !== '{' && first !== '[') {
    let at = start;
    while (at < text.length && !',}] \t\r\n'.includes(text[at] as string)) at += 1;
    return at;
  }
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === quote) at = endOfString(text, at) - 1;
    else if (unit === openBrace || unit === openBracket) depth += 1;
    else if (unit === closeBrace || unit === closeBracket) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return text.length;
}

/** Whether a value under a secret name may stay: null, flags, empty text; in a usage object numbers, which are counters. */
function isOpen(text: string, from: number, to: number, place: Place): boolean {
  const first = text[from] as string;
  if (first === '{' || first === '[') return false;
  if (first === '"') return isHarmless(decode(text, from, to));
  return place === 'usage' || !/[0-9-]/.test(first);
}
