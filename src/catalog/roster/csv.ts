// A roster in CSV (RFC 4180, or parted by tab, semicolon or bar) → the SQL of its ids. The first record decides what parts fields and whether it is a header;
// nothing is sniffed from the rows, because a sniffer that skips a line would lose a worker. Every value stays text: 007 is not 7.
import { writeFileSync } from 'node:fs';
import { quoteText } from '../../engine/engine.ts';
import { LakeobsError } from '../../errors.ts';
import { idColumnOf, isIdColumn } from './column.ts';
import type { RosterForm, RosterRequest } from './form.ts';

/** Reads the first record and leaves the rest to DuckDB. `written`: without byte order mark; `tabs`: a .tsv.
 * @throws LakeobsError usage when it is unclear which column holds the ids, input when the first record never ends. */
export function csvForm(written: string, tabs: boolean, { file, copy, asked }: RosterRequest): RosterForm {
  const text = plainNewlines(written);
  const start = /^(?:[ \t]*\n)*/.exec(text)![0].length;
  const { delimiter, fields, end } = firstRecord(text, start, tabs ? ['\t'] : [',', ';', '\t', '|'], { file, asked });
  const nothing = text.slice(start).trim() === '';
  // One column whose first line is no name anybody knows: it is the first id.
  const hasHeader = !nothing && (asked !== null || fields.length > 1 || isIdColumn(fields[0]!));
  const at = hasHeader ? idColumnOf(fields, asked, file) : 0;
  const from = hasHeader ? Math.min(text.length, end + 1) : start;
  // Blank lines at the end are no ids left out.
  writeFileSync(copy, text.slice(from).replace(/\n+$/, '\n'), { mode: 0o600 });
  const columns = fields.map((_, index) => `c${index}: 'VARCHAR'`).join(', ');
  return {
    column: hasHeader ? fields[at]!.trim() : null,
    // Not `parallel = false`: with it DuckDB 1.5 takes a quote that is never closed for the end of the file.
    idsSql: `SELECT c${at} AS id FROM read_csv(${quoteText(copy)}, auto_detect = false, header = false, delim = ${quoteText(delimiter)}, quote = '"', escape = '"', strict_mode = true, columns = {${columns}})`,
    lineOf: (message) => {
      const line = /CSV Error on Line: (\d+)/.exec(message)?.[1];
      return line === undefined ? undefined : Number(line) + text.slice(0, from).split('\n').length - 1;
    },
  };
}

/** Line ends of any system; DuckDB refuses a file that mixes them. */
function plainNewlines(text: string): string {
  if (!text.includes('\r')) return text;
  return text.includes('\n') ? text.replaceAll('\r\n', '\n') : text.replaceAll('\r', '\n');
}

interface FirstRecord {
  delimiter: string;
  fields: string[];
  /** Where its line ends. */
  end: number;
}

/** The first record, parted by what makes a name of ids of one of its fields, else by what gives it the most fields; the earlier delimiter when two do. */
function firstRecord(
  text: string,
  start: number,
  delimiters: readonly string[],
  { file, asked }: Pick<RosterRequest, 'file' | 'asked'>,
): FirstRecord {
  const whole = delimiters.map((delimiter) => recordAt(text, start, delimiter)).filter((record) => record !== null);
  if (whole.length === 0)
    throw new LakeobsError('input', `the roster ${file} has a quote in its first record that is never closed`, {
      path: file,
      hint: 'Write a quote inside a field twice, and the field in quotes.',
    });
  const named = whole.filter(({ fields }) => fields.some((field) => isNamed(field, asked)));
  return (named.length > 0 ? named : whole).reduce((best, record) =>
    record.fields.length > best.fields.length ? record : best,
  );
}

function isNamed(field: string, asked: string | null): boolean {
  return asked === null ? isIdColumn(field) : field.trim().toLowerCase() === asked.trim().toLowerCase();
}

/** Null: a quote is open at the end of the text. */
function recordAt(text: string, start: number, delimiter: string): FirstRecord | null {
  const fields: string[] = [];
  let field = '';
  let quoted = false;
  let begun = false;
  let at = start;
  for (; at < text.length; at++) {
    const char = text[at]!;
    if (quoted && char === '"' && text[at + 1] === '"') {
      field += '"';
      at++;
    } else if (char === '"' && (quoted || !begun)) {
      quoted = !quoted;
      begun = true;
    } else if (!quoted && char === '\n') break;
    else if (!quoted && char === delimiter) {
      fields.push(field);
      field = '';
      begun = false;
    } else {
      field += char;
      begun = true;
    }
  }
  return quoted ? null : { delimiter, fields: [...fields, field], end: at };
}
