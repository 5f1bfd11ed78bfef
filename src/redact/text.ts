// Secrets in any text: JSON is read as JSON, NDJSON line by line, server-sent events event by event, everything else by pattern.
// Text without a suspicious fragment, which is nearly all of it, is only looked through once.
import { redactNestedTextMax, redactRoundsMax } from '../limits.ts';
import { redactAssignments } from './assignments.ts';
import { redactJsonText } from './json-text.ts';
import { mayHoldKeyShape, redactKeyShapes } from './key-shapes.ts';
import { REDACTED } from './marker.ts';
import { redactUrlsIn } from './urls.ts';

/** What to do with a line or an event that is claimed to be JSON and is not: `closed` replaces it, `open` treats it as text. */
export type OnBadJson = 'open' | 'closed';

/**
 * The text with every secret replaced by `[REDACTED]`; the same text if there is none. Redacting twice changes nothing more. Never throws: text that
 * cannot be looked through is replaced as a whole. Takes time in proportion to the length of the text.
 */
export function redactText(text: string): string {
  return settle(text, (current) => redactOnce(current, 0));
}

/** As redactText, for text that is claimed to be lines of JSON or server-sent events. */
export function redactLines(text: string, onBadJson: OnBadJson): string {
  return settle(text, (current) => redactByLine(current, 0, onBadJson));
}

/** False: the text holds nothing redactText would change. */
export function isSuspicious(text: string): boolean {
  return mayHoldKeyShape(text) || secretWord.test(text) || text.includes('://') || text.includes(':\\/');
}

// A few letters of every word that gives a secret away (secret, credential, password, passphrase, authorization, token, cookie, … key, bearer), again chosen
// so that the engine can skip. Inside JSON, `\u00` may hide any letter.
const secretWord =
  /[cC][rR][eE][tTdD]|[sS][sS][wWpP]|[uU][tT][hH][oO][rR]|[oO][kK](?:[eE][nN]|[iI][eE])|[kK][eE][yY]|[aA][rR][eE][rR]|\\u00/;

function settle(text: string, once: (text: string) => string): string {
  try {
    let current = text;
    for (let round = 0; round < redactRoundsMax; round += 1) {
      const next = once(current);
      if (next === current) return current;
      current = next;
    }
    return current;
  } catch {
    return REDACTED;
  }
}

function redactOnce(text: string, depth: number): string {
  if (!isSuspicious(text)) return text;
  if (depth < redactNestedTextMax) {
    const asJson = jsonStart.test(text) ? redactJsonText(text, (value) => redactOnce(value, depth + 1)) : undefined;
    if (asJson !== undefined) return asJson;
    if (structuredLine.test(text)) return redactByLine(text, depth, 'open');
  }
  return redactPatterns(text);
}

const jsonStart = /^\s*[{[]/;
const structuredLine = /(?:^|\n)[ \t]*(?:data:[ \t]*)?[{[]/;

function redactPatterns(text: string): string {
  return redactUrlsIn(redactAssignments(redactKeyShapes(text)));
}

/** JSON lines and events are read as such; what lies between them is one text, so that a key over several lines stays in one piece. */
function redactByLine(text: string, depth: number, onBadJson: OnBadJson): string {
  const lines = text.split('\n');
  const out: string[] = [];
  let plain: string[] = [];
  const flush = (): void => {
    if (plain.length > 0) out.push(redactPatterns(plain.join('\n')));
    plain = [];
  };
  for (let index = 0; index < lines.length; ) {
    const event = eventAt(lines, index);
    const redacted = redactEvent(lines.slice(index, event.end), event.prefix, depth, onBadJson);
    if (redacted === undefined) for (let at = index; at < event.end; at += 1) plain.push(lines[at] as string);
    else {
      flush();
      out.push(redacted);
    }
    index = event.end;
  }
  flush();
  return out.join('\n');
}

/** One line, or the `data:` lines that make up one server-sent event (they are joined with newlines before they are parsed). */
function eventAt(lines: readonly string[], start: number): { end: number; prefix: boolean } {
  if (!dataLine.test(lines[start] as string)) return { end: start + 1, prefix: false };
  let end = start + 1;
  while (end < lines.length && dataLine.test(lines[end] as string)) end += 1;
  return { end, prefix: true };
}

const dataLine = /^[ \t]*data:/;

/** Undefined: the lines are not JSON and are to be treated as text. */
function redactEvent(
  lines: readonly string[],
  prefix: boolean,
  depth: number,
  onBadJson: OnBadJson,
): string | undefined {
  const parts = lines.map((line) => splitLine(line, prefix));
  const whole = redactData(parts.map((part) => part.data).join('\n'), depth, onBadJson);
  if (whole !== undefined)
    return whole
      .split('\n')
      .map((data, index) => `${parts[index]?.before ?? ''}${data}${parts[index]?.after ?? ''}`)
      .join('\n');
  if (lines.length === 1) {
    const { before, data, after } = parts[0] as LineParts;
    const claimed = jsonStart.test(data) && data.trim() !== '[DONE]';
    return onBadJson === 'closed' && claimed && data.trim() !== REDACTED ? before + REDACTED + after : undefined;
  }
  // Several events without a blank line between them: each line on its own.
  const each = lines.map((line) => redactEvent([line], prefix, depth, onBadJson));
  return each.every((line) => line === undefined)
    ? undefined
    : each.map((line, index) => line ?? redactPatterns(lines[index] as string)).join('\n');
}

interface LineParts {
  before: string;
  data: string;
  after: string;
}

function splitLine(line: string, prefix: boolean): LineParts {
  const before = prefix ? ((/^[ \t]*data:[ \t]?/.exec(line) as RegExpExecArray)[0] as string) : '';
  const after = line.endsWith('\r') ? '\r' : '';
  return { before, data: line.slice(before.length, line.length - after.length), after };
}

/** The redacted data if it is JSON. Harmless data is not parsed to be left alone, unless it is claimed to be JSON and must prove it. */
function redactData(data: string, depth: number, onBadJson: OnBadJson): string | undefined {
  if (!jsonStart.test(data)) return undefined;
  if (onBadJson === 'open' && !isSuspicious(data)) return data;
  return redactJsonText(data, (value) => redactOnce(value, depth + 1));
}
