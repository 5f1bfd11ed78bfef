// Format `jsonl`: one object per line, every line ended by a newline; nothing at all for no rows.
import type { Format } from './format.ts';
import { objectOf } from './json-text.ts';

export const jsonl: Format = {
  name: 'jsonl',
  suffixes: ['.jsonl', '.ndjson'],
  doc: 'one object per line',
  streams: true,
  start(columns) {
    const object = objectOf(columns);
    return {
      rows(chunk) {
        let text = '';
        for (const row of chunk) text += `${object(row)}\n`;
        return text;
      },
      end: () => '',
    };
  },
};
