// The list of queries for a terminal: by family, name and kind in columns, the title beside them, wrapped where the terminal ends. A box would cut the titles,
// and a title is what one looks for.
import { widthOf } from '../width.ts';
import { paintOf } from './paint.ts';
import { visible } from './visible.ts';

export interface ListedQuery {
  family: string;
  name: string;
  kind: string;
  title: string;
  /** `n=3 since=…`; '' for none. */
  params: string;
}

/** Lines for a terminal of that many columns. Queries of one family stand together, in the order given. */
export function queryList(queries: readonly ListedQuery[], options: { width: number; color: boolean }): string {
  const paint = paintOf(options.color);
  const nameWidth = widest(queries.map(({ name }) => name));
  const kindWidth = widest(queries.map(({ kind }) => kind));
  const beside = 2 + nameWidth + 2 + kindWidth + 2;
  // Where no readable title fits beside name and kind it goes below them.
  const below = options.width < beside + titleColumnsMin;
  const indent = ' '.repeat(below ? 4 : beside);
  const lines: string[] = [];
  let family: string | undefined;
  for (const query of queries) {
    if (query.family !== family) {
      if (family !== undefined) lines.push('');
      lines.push(paint.bold(query.family));
      family = query.family;
    }
    const head = `  ${padded(query.name, nameWidth)}  ${padded(query.kind, kindWidth)}  `;
    const words = `${query.title}${query.params === '' ? '' : ` (${query.params})`}`;
    const title = wrapped(words, options.width - indent.length).map((line) => indent + line);
    if (below) lines.push(head.trimEnd(), ...title);
    else lines.push(head + (title.shift() ?? '').slice(indent.length), ...title);
  }
  return lines.map((line) => `${line}\n`).join('');
}

/** Narrower than this a title is one word a line. */
const titleColumnsMin = 24;

function widest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((text) => widthOf(visible(text))));
}

function padded(text: string, width: number): string {
  const shown = visible(text);
  return shown + ' '.repeat(width - widthOf(shown));
}

/** Broken between words; a word wider than a line stands alone. */
function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of visible(text).split(' ')) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && widthOf(longer) <= columns) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
