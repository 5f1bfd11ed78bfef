// A time line for people: when it began, how long it took, and what it was, as a tree. Long texts are cut with their length, errors never; of very many entries below
// one the first, the last and the failed ones are printed, and how many are not.
import { tableCellColumnsMax, timelineFirstShown, timelineIndentLevelsMax, timelineLastShown } from '../limits.ts';
import type { Entry, Timeline } from '../timeline/entry.ts';
import { type Detail, wordsOf } from '../timeline/words.ts';
import { headOf, widthOf } from '../width.ts';
import { cutTo, measure } from './cut.ts';
import { elapsed } from './elapsed.ts';
import { count, counted } from './figures.ts';
import { type Paint, paintOf } from './paint.ts';
import { pieceLine } from './pieces.ts';
import { visible } from './visible.ts';

export interface TimelineTextOptions {
  /** Columns of the terminal; absent: as wide as needed. */
  width?: number | undefined;
  color?: boolean | undefined;
  /** Every entry, every text whole. */
  full?: boolean | undefined;
}

/** The page. */
export function timelineText(timeline: Timeline, options: TimelineTextOptions = {}): string {
  const paint = paintOf(options.color === true);
  const width = options.width ?? Number.POSITIVE_INFINITY;
  const lines = [...headLines(timeline, width, paint), ''];
  for (const line of treeLines(timeline, options.full === true))
    lines.push(...linesOf(line, timeline, width, options.full === true, paint));
  for (const [view, more] of Object.entries(timeline.more))
    if (more > 0)
      lines.push(
        '',
        paint.yellow(
          `not shown: ${view === 'spans' || view === 'attempts' ? 'more' : count(more)} ${view} behind these; lakeobs sql has all`,
        ),
      );
  if (!timeline.whole)
    lines.push('', paint.yellow('not followed to the end: too many ids hang together with this one'));
  return `${lines.join('\n')}\n`;
}

function headLines(timeline: Timeline, width: number, paint: Paint): string[] {
  const { id, asked, kinds, entries, startMs, endMs } = timeline;
  const title = [
    { text: id, tone: 'bold' as const },
    { text: [...kinds].join(', '), tone: 'plain' as const },
    ...(asked === id ? [] : [{ text: `(asked for ${asked})`, tone: 'dim' as const, spare: true }]),
  ];
  const counts = words.flatMap(([type, one, many]) => {
    const all = entries.filter((entry) => entry.type === type && !entry.context);
    const open = all.filter(({ state }) => state === 'open').length;
    const failed = type === 'span' || type === 'op' ? all.filter(({ state }) => state === 'error').length : 0;
    const marks = [failed > 0 ? `${count(failed)} failed` : '', open > 0 ? `${count(open)} open` : ''].filter(
      (mark) => mark !== '',
    );
    return all.length === 0
      ? []
      : [counted(all.length, one, many) + (marks.length === 0 ? '' : ` (${marks.join(', ')})`)];
  });
  const lines = [pieceLine(title, width, paint), pieceLine([{ text: counts.join(', '), tone: 'plain' }], width, paint)];
  if (startMs !== null && endMs !== null) {
    const from = clock(startMs);
    const to = clock(endMs);
    const end = to.slice(0, 10) === from.slice(0, 10) ? to.slice(11) : to;
    lines.push(pieceLine([{ text: `${from} → ${end} UTC, ${elapsed(endMs - startMs)}`, tone: 'dim' }], width, paint));
  }
  return lines;
}

const words = [
  ['session', 'session', 'sessions'],
  ['attempt', 'attempt', 'attempts'],
  ['span', 'span', 'spans'],
  ['log', 'log', 'logs'],
  ['op', 'op', 'ops'],
  ['replay', 'replay', 'replays'],
] as const;

/** 1970-01-01 00:00:00.000 */
export function clock(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? '–' : date.toISOString().replace('T', ' ').slice(0, -1);
}

/** A line of the tree: an entry, or how many were left out. `last`: for each level down to it, whether nothing follows there. */
type TreeLine = { last: readonly boolean[]; hasChildren: boolean } & (
  | { entry: Entry; left?: never }
  | { entry?: never; left: readonly Entry[] }
);

function treeLines({ entries }: Timeline, full: boolean): TreeLine[] {
  const children = new Map<number | null, number[]>();
  for (const [index, { parent }] of entries.entries()) {
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [index]);
    else siblings.push(index);
  }
  const lines: TreeLine[] = [];
  type Item = { index: number; left?: never } | { index?: never; left: readonly Entry[] };
  const itemsOf = (parent: number | null): Item[] =>
    full ? (children.get(parent) ?? []).map((index) => ({ index })) : shortened(children.get(parent) ?? [], entries);
  const stack: { item: Item; last: readonly boolean[] }[] = [];
  const push = (parent: number | null, above: readonly boolean[]) => {
    const items = itemsOf(parent);
    for (let at = items.length - 1; at >= 0; at--)
      stack.push({ item: items[at]!, last: [...above.slice(0, timelineIndentLevelsMax), at === items.length - 1] });
  };
  push(null, []);
  while (stack.length > 0) {
    const { item, last } = stack.pop()!;
    if (item.left !== undefined) lines.push({ left: item.left, last, hasChildren: false });
    else {
      lines.push({ entry: entries[item.index]!, last, hasChildren: children.has(item.index) });
      push(item.index, last);
    }
  }
  return lines;
}

/** The siblings that are printed: all of few; of many the first, the last, and between them those that did not go well. */
function shortened(siblings: readonly number[], entries: readonly Entry[]): ({ index: number } | { left: Entry[] })[] {
  const shown = timelineFirstShown + timelineLastShown;
  if (siblings.length <= shown) return siblings.map((index) => ({ index }));
  const items: ({ index: number } | { left: Entry[] })[] = [];
  let notable = 0;
  let left: Entry[] = [];
  const close = () => {
    if (left.length > 0) items.push({ left });
    left = [];
  };
  for (const [at, index] of siblings.entries()) {
    const entry = entries[index]!;
    const atEdge = at < timelineFirstShown || at >= siblings.length - timelineLastShown;
    const kept = atEdge || ((entry.state === 'error' || entry.state === 'open') && notable++ < shown);
    if (!kept) left.push(entry);
    else {
      close();
      items.push({ index });
    }
  }
  close();
  return items;
}

function linesOf(line: TreeLine, { startMs }: Timeline, width: number, full: boolean, paint: Paint): string[] {
  const { last, hasChildren } = line;
  const levels = last.slice(1, timelineIndentLevelsMax + 1);
  const above = levels
    .slice(0, -1)
    .map((end) => (end ? '   ' : '│  '))
    .join('');
  const branch = levels.length === 0 ? '' : levels.at(-1) ? '└─ ' : '├─ ';
  const below = levels.length === 0 ? '' : `${above}${levels.at(-1) ? '   ' : '│  '}`;
  if (line.entry === undefined) {
    const failed = line.left.filter(({ state }) => state === 'error').length;
    const open = line.left.filter(({ state }) => state === 'open').length;
    const marks = [failed > 0 ? `${count(failed)} failed` : '', open > 0 ? `${count(open)} open` : ''].filter(
      (mark) => mark !== '',
    );
    const text = `… ${count(line.left.length)} more${marks.length === 0 ? '' : ` (${marks.join(', ')})`}; --full shows them`;
    return [gutter('', '', paint) + paint.dim(`${above}${branch}`) + paint.dim(text)];
  }
  const { entry } = line;
  const offset =
    entry.startMs === null || startMs === null
      ? ''
      : entry.startMs === startMs
        ? '0'
        : `${entry.startMs > startMs ? '+' : ''}${elapsed(entry.startMs - startMs)}`;
  const took = entry.durationMs === null ? '' : elapsed(entry.durationMs);
  const { pieces, details } = wordsOf(entry.type, entry.row);
  const room = Math.max(wordColumnsMin, width - gutterColumns - widthOf(above + branch) - 2);
  const named = [
    ...(entry.depth > timelineIndentLevelsMax ? [{ text: `(level ${count(entry.depth)})`, tone: 'dim' as const }] : []),
    ...(entry.type === 'attempt' || entry.type === 'span' ? [] : [{ text: entry.type, tone: 'dim' as const }]),
    ...(entry.context ? [{ text: 'in', tone: 'dim' as const }] : []),
    ...pieces,
    ...(entry.circular ? [{ text: 'names itself as its ancestor', tone: 'warn' as const }] : []),
  ];
  const indent = `${below}${hasChildren ? '│ ' : '  '}`;
  const detailRoom = Math.max(wordColumnsMin, width - gutterColumns - widthOf(indent));
  return [
    `${gutter(offset, took, paint)}${paint.dim(above + branch)}${markOf(entry, paint)} ${pieceLine(named, room, paint)}`,
    ...(entry.context ? [] : details).flatMap((detail) =>
      detailLines(detail, detailRoom, full, paint).map((text) => gutter('', '', paint) + paint.dim(indent) + text),
    ),
  ];
}

/** Room that words get even where there is none. */
const wordColumnsMin = 12;
const offsetColumns = 9;
const tookColumns = 8;
const gutterColumns = offsetColumns + 1 + tookColumns + 2;

function gutter(offset: string, took: string, paint: Paint): string {
  return `${paint.dim(offset.padStart(offsetColumns))} ${took.padStart(tookColumns)}  `;
}

function markOf({ state, type }: Entry, paint: Paint): string {
  switch (state) {
    case 'ok':
      return paint.green('✓');
    case 'error':
      return type === 'log' ? paint.red('!') : paint.red('✗');
    case 'warned':
      return paint.yellow('!');
    case 'open':
      return paint.yellow('○');
    case 'orphan-close':
      return paint.yellow('●');
    case null:
      return paint.dim('·');
  }
}

function detailLines({ label, text, whole }: Detail, columns: number, full: boolean, paint: Paint): string[] {
  const head = `${label}: `;
  const room = Math.max(wordColumnsMin, columns - head.length);
  if (!whole && !full) {
    const limit = Math.min(room, tableCellColumnsMax);
    const cut = cutTo(measure(text, limit), limit);
    return [paint.dim(head) + cut.text + paint.dim(cut.mark)];
  }
  const stroke = whole ? paint.red : (line: string) => line;
  return text
    .split(/\r?\n/)
    .flatMap((line) => folded(visible(line), room))
    .map((line, at) => paint.dim(at === 0 ? head : ' '.repeat(head.length)) + stroke(line));
}

/** A text in lines of at most that many columns, broken behind a blank where there is one in the last third. */
function folded(text: string, columns: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (columns !== Number.POSITIVE_INFINITY) {
    const head = headOf(rest, columns);
    if (head.whole || head.text === '') break;
    const blank = head.text.lastIndexOf(' ');
    const end = blank > (head.text.length * 2) / 3 ? blank + 1 : head.text.length;
    lines.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end);
  }
  lines.push(rest);
  return lines;
}
