// Format `json`: one array of objects, one object per line, so that it can be streamed, searched and compared line by line.
import type { Format } from './format.ts';
import { objectOf } from './json-text.ts';

export const json: Format = {
  name: 'json',
  suffixes: ['.json'],
  doc: 'one array of objects',
  streams: true,
  start(columns) {
    const object = objectOf(columns);
    let opened = false;
    return {
      rows(chunk) {
        let text = '';
        for (const row of chunk) {
          text += (opened ? ',\n' : '[\n') + object(row);
          opened = true;
        }
        return text;
      },
      end: () => (opened ? '\n]\n' : '[]\n'),
    };
  },
};
