// Cutting long text: the head stays, its true size is told, and a cut never goes through a code point or through the mark of a redaction.
// Redact first, then cut: a cut secret no longer looks like one.
import { REDACTED } from './marker.ts';

export interface CutText {
  /** The head that was kept. */
  text: string;
  /** True size of the whole, in the unit of the cap: code points or UTF-8 bytes. */
  size: number;
  /** Whether anything was cut off. */
  cut: boolean;
}

/** At most `max` code points of the text. */
export function cutCodePoints(text: string, max: number): CutText {
  if (text.length <= max) return { text, size: codePoints(text), cut: false };
  const size = codePoints(text);
  if (size <= max) return { text, size, cut: false };
  let end = 0;
  for (let kept = 0; kept < max; kept += 1) end += unitsAt(text, end);
  return { text: text.slice(0, beforeMark(text, end)), size, cut: true };
}

/** At most `max` bytes of the text in UTF-8. A lone surrogate counts as the three bytes of its replacement character. */
export function cutBytes(text: string, max: number): CutText {
  const size = Buffer.byteLength(text);
  if (size <= max) return { text, size, cut: false };
  let end = 0;
  for (let bytes = 0; end < text.length; ) {
    const units = unitsAt(text, end);
    bytes += bytesOf(text.charCodeAt(end), units);
    if (bytes > max) break;
    end += units;
  }
  return { text: text.slice(0, beforeMark(text, end)), size, cut: true };
}

function codePoints(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at += unitsAt(text, at)) count += 1;
  return count;
}

function unitsAt(text: string, at: number): 1 | 2 {
  const unit = text.charCodeAt(at);
  if (unit < 0xd800 || unit > 0xdbff) return 1;
  const next = text.charCodeAt(at + 1);
  return next >= 0xdc00 && next <= 0xdfff ? 2 : 1;
}

function bytesOf(unit: number, units: 1 | 2): number {
  if (units === 2) return 4;
  return unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3;
}

/** Half a mark could be taken for text and redacted again. */
function beforeMark(text: string, end: number): number {
  const start = text.lastIndexOf(REDACTED, end - 1);
  return start !== -1 && start < end && start + REDACTED.length > end ? start : end;
}
