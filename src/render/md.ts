// Format `md`: a table in GitHub's Markdown. Text from logs stays text: nothing in a cell can become markup, a link, an image or HTML.
import { isNumeric, shownText } from './cell.ts';
import { counted } from './figures.ts';
import type { Format } from './format.ts';
import { visible } from './visible.ts';

export const md: Format = {
  name: 'md',
  suffixes: ['.md'],
  doc: 'a Markdown table',
  streams: true,
  start(columns) {
    let opened = false;
    const opening = (): string => {
      if (opened) return '';
      opened = true;
      const names = columns.map((column) => mdText(column.name));
      const rule = columns.map((column) => (isNumeric(column.type) ? '---:' : '---'));
      return line(names) + line(rule);
    };
    return {
      rows(chunk) {
        let text = opening();
        for (const row of chunk) text += line(columns.map((_, index) => escapeMd(shownText(row[index]))));
        return text;
      },
      end(info = {}) {
        const more = info.rowsMore ?? 0;
        return opening() + (more > 0 ? `\n${counted(more, 'more row')}\n` : '');
      },
    };
  },
};

/** Any text as literal Markdown on one line: control characters visible, markup escaped. */
export function mdText(text: string): string {
  return escapeMd(visible(text));
}

/** One line of a table, of any texts. */
export function mdRow(cells: readonly string[]): string {
  return line(cells.map(mdText));
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |\n`;
}

// `_` inside a word is no markup (CommonMark 6.2), so names stay readable in the source.
function escapeMd(text: string): string {
  return text
    .replace(/[&<>]/g, (character) => entities[character]!)
    .replace(/[\\`*~$|[\]]/g, '\\$&')
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\_');
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
