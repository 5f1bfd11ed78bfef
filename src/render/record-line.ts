// One readable line for each record of a log: when, what, how it went, what went wrong. Damage gets a line too, with its place.
import type { Item, RecordItem } from '../timeline/item.ts';
import { rowOf } from '../timeline/record-row.ts';
import { type Piece, wordsOf } from '../timeline/words.ts';
import { elapsed } from './elapsed.ts';
import { count, counted } from './figures.ts';
import { type Paint, paintOf } from './paint.ts';
import { pieceLine } from './pieces.ts';
import { clock } from './timeline-text.ts';

export interface RecordLineOptions {
  width?: number | undefined;
  color?: boolean | undefined;
  /** Number of the line that an item stands in, where it is known. */
  lineOf?: ((item: Item) => number | null) | undefined;
}

/** The line, with its newline. */
export function recordLine(item: Item, { width, color, lineOf }: RecordLineOptions = {}): string {
  const paint = paintOf(color === true);
  const columns = width ?? Number.POSITIVE_INFINITY;
  const pieces = item.damage === null ? recordPieces(item) : damagePieces(item, lineOf?.(item) ?? null);
  const time = (item.tsMs === null ? '–' : clock(item.tsMs)).padEnd(timeColumns);
  const mark = markOf(item, paint);
  return `${paint.dim(time)} ${mark} ${pieceLine(pieces, Math.max(wordColumnsMin, columns - timeColumns - 3), paint)}\n`;
}

const timeColumns = '1970-01-01 00:00:00.000'.length;
/** Room that words get even where there is none. */
const wordColumnsMin = 12;
const familyColumns = 8;

function recordPieces(item: RecordItem): Piece[] {
  const told = rowOf(item);
  const label = (text: string): Piece => ({ text: text.padEnd(familyColumns), tone: 'dim' });
  if (told === null)
    return [
      label(item.family ?? '?'),
      { text: item.family === null ? 'of no known family' : 'of an unknown version', tone: 'warn' },
      { text: item.text, tone: 'plain' },
    ];
  const { type, row, durationMs } = told;
  const { pieces, details } = wordsOf(type, row);
  const detail = details.find(({ label: name }) => !untold.has(name));
  const fixed = pieces.filter(({ spare }) => spare !== true);
  const spare = pieces.filter(({ spare: may }) => may === true);
  return [
    label(type === 'span' ? String(row.kind) : type),
    ...fixed,
    ...(durationMs === null ? [] : [{ text: elapsed(durationMs), tone: 'plain' as const }]),
    ...(detail === undefined ? [] : [{ text: detail.text, tone: detail.whole ? ('bad' as const) : ('dim' as const) }]),
    ...spare,
  ];
}

/** Texts too long and too much alike to tell one record from the next. */
const untold: ReadonlySet<string> = new Set(['prompt', 'artifact', 'links']);

function damagePieces(item: Extract<Item, { damage: object }>, line: number | null): Piece[] {
  const place =
    line === null ? `byte ${count(item.byteOffset)}` : `line ${count(line)}, byte ${count(item.byteOffset)}`;
  return [
    { text: 'damaged'.padEnd(familyColumns), tone: 'bad' },
    { text: item.damage.reason, tone: 'bold' },
    { text: `${item.file}: ${place}, ${counted(item.byteLength, 'byte')}`, tone: 'plain' },
    { text: item.text, tone: 'dim' },
  ];
}

function markOf(item: Item, paint: Paint): string {
  const state = item.damage === null ? (rowOf(item)?.state ?? null) : 'error';
  switch (state) {
    case 'ok':
      return paint.green('✓');
    case 'error':
      return paint.red('✗');
    case 'warned':
      return paint.yellow('!');
    case 'open':
    case 'orphan-close':
      return paint.dim('○');
    case null:
      return paint.dim('·');
  }
}
