// Names of columns above a table. A name wider than its column is broken behind its underscores and spaces, so that columns of numbers with long names
// stay narrow and the names stay readable; a word that is too wide itself, or what would take too many lines, is cut.
import { headOf, widthOf } from '../width.ts';
import { visible } from './visible.ts';

/** Columns of a whole name on one line, as far as a name is shown. */
export function headerWidth(name: string): number {
  return widthOf(shown(name));
}

/** Columns of the widest word of a name: its column needs no more. */
export function widestWord(name: string): number {
  return Math.max(0, ...wordsOf(name).map((word) => widthOf(word.trimEnd())));
}

/** The name in at most three lines of at most that many columns. */
export function headerLines(name: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of wordsOf(name)) {
    const joined = `${lines.at(-1) ?? ''}${word}`;
    if (lines.length > 0 && widthOf(joined.trimEnd()) <= columns) lines[lines.length - 1] = joined;
    else lines.push(word);
  }
  const more = lines.length > linesMax;
  return lines
    .slice(0, linesMax)
    .map((line, at) => cut(line.trimEnd() + (more && at === linesMax - 1 ? '…' : ''), columns));
}

/** `first_shot_rate` → `first_`, `shot_`, `rate`; never empty. */
function wordsOf(name: string): string[] {
  return shown(name).match(/[^_ ]+[_ ]*|[_ ]+/g) ?? [''];
}

function shown(name: string): string {
  return visible(name.slice(0, nameUnitsMax));
}

const linesMax = 3;
/** More of a name than this is never shown: without an alias it is a whole expression. */
const nameUnitsMax = 400;

function cut(line: string, columns: number): string {
  return headOf(line, columns).whole ? line : `${headOf(line, columns - 1).text}…`;
}
