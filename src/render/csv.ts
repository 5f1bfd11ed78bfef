// Format `csv`: RFC 4180. NULL is an empty field, the empty text is `""`, so the two stay apart for readers that look. In a file the bytes are exact;
// on a terminal control characters are shown as symbols, because a terminal would obey them.
import type { Value } from '../result.ts';
import { exactText } from './cell.ts';
import type { Format } from './format.ts';
import { visible } from './visible.ts';

export const csv: Format = {
  name: 'csv',
  suffixes: ['.csv'],
  doc: 'RFC 4180: CRLF, quotes doubled, NULL empty, empty text ""',
  streams: true,
  start(columns, options = {}) {
    const shown = options.terminal === true ? visible : (text: string) => text;
    const field = (value: Value | undefined): string =>
      value === null || value === undefined ? '' : quoted(shown(exactText(value)));
    let header = `${columns.map((column) => field(column.name)).join(',')}\r\n`;
    const opening = (): string => {
      const text = header;
      header = '';
      return text;
    };
    return {
      rows(chunk) {
        let text = opening();
        for (const row of chunk) text += `${columns.map((_, index) => field(row[index])).join(',')}\r\n`;
        return text;
      },
      end: opening,
    };
  },
};

// A space at either end is quoted too: some readers trim bare fields.
function quoted(text: string): string {
  return text === '' || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
