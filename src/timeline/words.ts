// What a person is told of a record, one shape for each kind: a line in pieces, and texts that go below it or behind it. The one place for that; `show` and `tail`
// both print it. Pure: colour and width are render/timeline-text.ts's and render/record-line.ts's.
import { JsonText, type Value } from '../result.ts';
import type { EntryType } from './entry.ts';
import type { ViewRow } from './gather.ts';

export type Tone = 'plain' | 'bold' | 'dim' | 'good' | 'bad' | 'warn';

export interface Piece {
  text: string;
  tone: Tone;
  /** May be left out where there is no room. */
  spare?: boolean;
}

export interface Detail {
  label: string;
  text: string;
  /** Never cut: what went wrong. */
  whole: boolean;
}

export interface Words {
  pieces: readonly Piece[];
  details: readonly Detail[];
}

/** Words of a row of a view, or of a record with its fields named as in the view. */
export function wordsOf(type: EntryType, row: ViewRow): Words {
  const { pieces, details } = shapes[type](row);
  return {
    pieces: pieces.filter(isPiece),
    details: details.flatMap(([label, value, whole]) => {
      const text = textOf(value);
      return text === null ? [] : [{ label, text, whole: whole === true }];
    }),
  };
}

type Shape = (row: ViewRow) => {
  pieces: readonly (Piece | null)[];
  details: readonly (readonly [label: string, value: Value | undefined, whole?: boolean])[];
};

const shapes: Record<EntryType, Shape> = {
  session: (row) => ({
    pieces: [
      row.final_verdict === 'accepted' ? good('accepted') : bad(row.final_verdict),
      bold(row.kind),
      plain(row.model),
      attemptsPiece(row),
      groundedPiece(row),
      dim(row.daemon),
      spare(row.session_id),
    ],
    details: [
      // Only a record as it was written has one: of a row the attempts say it.
      ['error', row.error, true],
      ['prompt', row.prompt],
      ['artifact', row.artifact],
    ],
  }),
  attempt: (row) => ({
    pieces: [bold(`attempt ${textOf(row.position) ?? '?'}`), verdictPiece(row.verdict_kind)],
    details: [['error', row.error, true]],
  }),
  span: (row) => ({
    pieces: [bold(row.name ?? row.span_id), statusPiece(row.status), dim(row.extension_id), spare(row.span_id)],
    details: [
      ['attributes', row.attributes],
      ['links', row.links],
    ],
  }),
  log: (row) => ({
    pieces: [
      row.level === 'error' ? bad(row.level) : row.level === 'warn' ? warn(row.level) : dim(row.level),
      plain(row.msg),
      dim(row.extension_id),
    ],
    details: [['attributes', row.attributes]],
  }),
  op: (row) => ({
    pieces: [
      row.success === true ? good('ok') : row.success === false ? bad('failed') : null,
      bold(row.endpoint),
      dim(row.source),
      plain(row.event_kind),
      plain(row.role),
      plain(row.city),
      rescuePiece(row),
    ],
    details: [
      ['error', row.error, true],
      ['input', row.input_summary],
      ['output', row.output_summary],
    ],
  }),
  replay: (row) => ({
    pieces: [
      bold(row.task_id ?? 'replay'),
      plain(row.model),
      row.retrieved_count === null || row.retrieved_count === undefined
        ? null
        : plain(`${textOf(row.retrieved_count)} retrieved`),
      row.score === null || row.score === undefined ? null : plain(`score ${textOf(row.score)}`),
      spare(row.session_id),
    ],
    details: [
      ['output', row.output],
      ['retrieved', row.retrieved],
    ],
  }),
};

function attemptsPiece(row: ViewRow): Piece | null {
  const spent = textOf(row.iterations);
  if (spent === null) return null;
  const allowed = textOf(row.max_iterations);
  return plain(
    `${spent}${allowed === null ? '' : ` of ${allowed}`} ${spent === '1' && allowed === null ? 'attempt' : 'attempts'}`,
  );
}

/** The flag as it is judged: only true is grounded (docs/checks.md). */
function groundedPiece(row: ViewRow): Piece | null {
  if (row.grounded_in_roster === null || row.grounded_in_roster === undefined) return null;
  if (row.grounded_in_roster === true) return good('grounded');
  const raw = textOf(row.grounded_raw);
  return bad(raw === null || raw === 'false' ? 'NOT GROUNDED' : `NOT GROUNDED (${raw})`);
}

function verdictPiece(verdict: Value | undefined): Piece | null {
  return verdict === 'accepted' ? good(verdict) : bad(verdict);
}

function statusPiece(status: Value | undefined): Piece | null {
  if (status === 'open') return warn('open: never closed');
  if (status === 'orphan-close') return warn('closed, never opened');
  return status === 'ok' ? good(status) : bad(status);
}

function rescuePiece(row: ViewRow): Piece | null {
  if (row.rescue_attempted !== true) return null;
  return row.rescue_succeeded === true ? good('rescued') : bad('rescue failed');
}

const piece =
  (tone: Tone, spareToo = false) =>
  (value: Value | undefined): Piece | null => {
    const text = textOf(value);
    return text === null ? null : { text, tone, ...(spareToo ? { spare: true } : {}) };
  };
const plain = piece('plain');
const bold = piece('bold');
const good = piece('good');
const bad = piece('bad');
const warn = piece('warn');
const dim = piece('dim', true);
const spare = piece('dim', true);

function isPiece(one: Piece | null): one is Piece {
  return one !== null;
}

/** The text of a value; null when there is nothing to say. */
function textOf(value: Value | undefined): string | null {
  if (value === null || value === undefined || value === '') return null;
  if (typeof value === 'string') return value;
  if (value instanceof JsonText) return value.text;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
