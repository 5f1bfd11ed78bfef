// A line of pieces in the width there is: spare pieces go first, from the right; then the line is cut where it ends, with the length of what was cut.
import { tableCellColumnsMax } from '../limits.ts';
import type { Piece, Tone } from '../timeline/words.ts';
import { cutTo, measure } from './cut.ts';
import type { Paint } from './paint.ts';

/** The pieces, a blank between them, in at most `columns` terminal columns (Infinity: limits.tableCellColumnsMax a piece). */
export function pieceLine(pieces: readonly Piece[], columns: number, paint: Paint): string {
  const cellMax = Math.min(columns, tableCellColumnsMax);
  let shown = pieces.map((piece) => ({ piece, measured: measure(piece.text, cellMax) }));
  const width = () => shown.reduce((sum, { measured }) => sum + measured.width, shown.length - 1);
  while (width() > columns) {
    const at = shown.findLastIndex(({ piece }) => piece.spare === true);
    if (at < 0) break;
    shown = shown.toSpliced(at, 1);
  }
  const words: string[] = [];
  let room = columns;
  for (const { piece, measured } of shown) {
    if (room < 1) break;
    const cut = cutTo(measured, Math.min(room, cellMax));
    words.push(strokeOf(piece.tone, paint)(cut.text) + (cut.mark === '' ? '' : paint.dim(cut.mark)));
    room -= cut.width + 1;
  }
  return words.join(' ');
}

export function strokeOf(tone: Tone, paint: Paint): (text: string) => string {
  switch (tone) {
    case 'plain':
      return (text) => text;
    case 'good':
      return paint.green;
    case 'bad':
      return paint.red;
    case 'warn':
      return paint.yellow;
    case 'bold':
      return paint.bold;
    case 'dim':
      return paint.dim;
  }
}
