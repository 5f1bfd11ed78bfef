// One session row from what an iterate loop knows when it ends (docs/format.md, family session). Every path through the loop gives exactly one row:
// accepted, attempts used up, or the infrastructure failed. Secrets are replaced before anything is cut, because a cut secret no longer looks like one.
import { LakeobsError, reasonOf } from '../errors.ts';
import { infraErrorCodePointsMax, promptCodePointsMax, textCodePointsMax } from '../limits.ts';
import { cutCodePoints, redactorOf } from '../redact/index.ts';
import { type JsonObject, type JsonValue, mintId, SESSION_SCHEMA, type SessionRecord } from '../schema/index.ts';
import { session, sessionKinds, verdictKinds } from '../schema/session.ts';

export type SessionKind = (typeof sessionKinds)[number];
export type VerdictKind = (typeof verdictKinds)[number];

/** One attempt, as the loop remembers it. */
export interface SessionAttempt {
  /** 0-based. Default: its place in the history. */
  iteration: number;
  verdictKind: VerdictKind;
  /** The validator's words; never raw model output. Cut to 10,000 code points. An empty one is left out. */
  error?: string | undefined;
  /** Span of this attempt in the journal. */
  spanId?: string | undefined;
}

export interface SessionInput {
  request: {
    sessionId?: string | undefined;
    kind: SessionKind;
    model: string;
    provider: string;
    /** Whole; redacted, then cut to 4000 code points. */
    prompt: string;
    maxIterations: number;
  };
  /** The loop ended with something accepted. */
  response?:
    | {
        sessionId?: string | undefined;
        /** Attempts spent: 1 = first shot. */
        iterations: number;
        history: readonly SessionAttempt[] | null;
        /** What was accepted: an object. Anything else that is not null is kept as `{ value }`. */
        artifact: unknown;
      }
    | null
    | undefined;
  /** The loop ran out of attempts. Counts only without a response. */
  failure?:
    | { sessionId?: string | undefined; iterations: number; history: readonly SessionAttempt[] | null }
    | null
    | undefined;
  /** What broke. Counts only without response and failure; its message is cut to 800 code points. */
  infraError?: unknown;
  /** The attempts made before the infrastructure failed. */
  history?: readonly SessionAttempt[] | null | undefined;
  /** Asked for an accepted fill only (createRosterCheck). One that throws gives no flag. */
  rosterCheck?: ((artifact: unknown) => boolean | undefined) | undefined;
  /** Wall time of the whole loop, milliseconds; below 0 or not a number: 0. */
  durationMs: number;
  /** Which program writes the row. Default "validatord". */
  daemon?: string | undefined;
  /** When the session ended. Default: now. */
  now?: Date | undefined;
  /** Default true: secrets are replaced, then prompt and errors are cut. false: only cut. A function: yours instead, before cutting. */
  redact?: boolean | ((record: JsonObject) => JsonObject) | undefined;
}

/**
 * The session row of one loop, its fields in wire order: JSON.stringify of it is the line.
 * response → accepted; else failure → max_iter_exhausted; else infra_error, where the attempts already made are kept and one infra_error attempt follows.
 * session_id: of the request, else of the response or failure, else a new time-ordered one.
 * @throws LakeobsError('schema') when `kind` or a verdict is none that exists: enums are closed on writing.
 */
export function buildSessionRecord(input: SessionInput): SessionRecord {
  const record = assembleSessionRecord(input);
  mustBeOneOf('request.kind', record.kind, sessionKinds);
  record.attempts.forEach((attempt, index) => {
    mustBeOneOf(`history[${index}].verdictKind`, attempt.verdict_kind, verdictKinds);
  });
  return finishSessionRecord(record, input.redact);
}

/** The row before redaction and cuts; its enums are as given. */
export function assembleSessionRecord(input: SessionInput): SessionRecord {
  const { request } = input;
  const now = input.now ?? new Date();
  const end = ending(input);
  const record: SessionRecord = {
    schema: SESSION_SCHEMA,
    session_id: firstText(request.sessionId, end.sessionId) ?? mintId(now.getTime()),
    timestamp: now.toISOString(),
    daemon: firstText(input.daemon) ?? 'validatord',
    kind: request.kind,
    model: textOf(request.model),
    provider: textOf(request.provider),
    prompt: textOf(request.prompt),
    iterations: count(end.iterations, end.attempts.length),
    max_iterations: count(request.maxIterations, 0),
    final_verdict: end.verdict,
    attempts: end.attempts,
    ...end.result,
    duration_ms: Number.isFinite(input.durationMs) && input.durationMs > 0 ? input.durationMs : 0,
  };
  return record;
}

/** Redacts, then cuts prompt and errors. */
export function finishSessionRecord(record: SessionRecord, redact: SessionInput['redact']): SessionRecord {
  const shown = (redact === false ? record : redactor(redact)(record as JsonObject)) as SessionRecord;
  const infra = shown.final_verdict === 'infra_error' ? shown.attempts.length - 1 : -1;
  return {
    ...shown,
    prompt: cut(shown.prompt, promptCodePointsMax),
    attempts: shown.attempts.map((attempt, index) => {
      if (attempt.error === undefined) return attempt;
      return { ...attempt, error: cut(attempt.error, index === infra ? infraErrorCodePointsMax : textCodePointsMax) };
    }),
  };
}

interface Ending {
  verdict: SessionRecord['final_verdict'];
  sessionId: string | undefined;
  iterations: number;
  attempts: SessionRecord['attempts'];
  result: Pick<SessionRecord, 'artifact' | 'grounded_in_roster'>;
}

function ending(input: SessionInput): Ending {
  const { response, failure } = input;
  if (response !== undefined && response !== null)
    return {
      verdict: 'accepted',
      sessionId: response.sessionId,
      iterations: response.iterations,
      attempts: attemptsOf(response.history),
      result: resultOf(input, response.artifact),
    };
  if (failure !== undefined && failure !== null)
    return {
      verdict: 'max_iter_exhausted',
      sessionId: failure.sessionId,
      iterations: failure.iterations,
      attempts: attemptsOf(failure.history),
      result: {},
    };
  const made = attemptsOf(input.history);
  const error = wordsOf(input.infraError);
  return {
    verdict: 'infra_error',
    sessionId: undefined,
    iterations: made.length,
    attempts: [...made, { iteration: made.length, verdict_kind: 'infra_error', error }],
    result: {},
  };
}

function attemptsOf(history: readonly SessionAttempt[] | null | undefined): SessionRecord['attempts'] {
  return (history ?? []).map((attempt, index) => ({
    iteration: count(attempt.iteration, index),
    verdict_kind: attempt.verdictKind,
    ...(hasText(attempt.error) ? { error: attempt.error } : {}),
    ...(hasText(attempt.spanId) ? { span_id: attempt.spanId } : {}),
  }));
}

function resultOf(input: SessionInput, artifact: unknown): Ending['result'] {
  if (artifact === undefined || artifact === null) return {};
  const grounded = input.request.kind === 'fill' ? ask(input.rosterCheck, artifact) : undefined;
  return {
    artifact: (typeof artifact === 'object' && !Array.isArray(artifact) ? artifact : { value: artifact }) as JsonObject,
    ...(typeof grounded === 'boolean' ? { grounded_in_roster: grounded } : {}),
  };
}

/** A check that fails has said nothing: the row is written without the flag, which `ungrounded-unknown` reports. */
function ask(check: SessionInput['rosterCheck'], artifact: unknown): boolean | undefined {
  try {
    return check?.(artifact);
  } catch {
    return undefined;
  }
}

function wordsOf(infraError: unknown): string {
  if (infraError === undefined || infraError === null)
    return 'the loop ended without a response, a failure or an error';
  if (typeof infraError === 'string') return infraError;
  try {
    return infraError instanceof Error || typeof infraError !== 'object'
      ? reasonOf(infraError)
      : JSON.stringify(infraError);
  } catch {
    return 'an error that cannot be put into words';
  }
}

function redactor(redact: SessionInput['redact']): (record: JsonObject) => JsonObject {
  return typeof redact === 'function' ? redact : redactSession;
}

const redactSession = redactorOf(session);

function cut(text: unknown, max: number): string {
  // Text of few UTF-16 units has no more code points and need not be counted.
  return typeof text === 'string' && text.length > max ? cutCodePoints(text, max).text : (text as string);
}

/** What was never chosen, because the infrastructure failed first, must not cost the row either. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined || value === null ? '' : String(value);
}

/** A count that is none must not cost the row. */
function count(value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? Math.trunc(value) : otherwise;
}

function firstText(...candidates: (string | undefined)[]): string | undefined {
  return candidates.find(hasText);
}

function hasText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function mustBeOneOf(place: string, value: JsonValue | undefined, known: readonly string[]): void {
  if (!known.includes(value as string))
    throw new LakeobsError('schema', `${place}: ${JSON.stringify(value)} is none of ${known.join(', ')}`, {
      hint: 'Use one of the known names; readers keep unknown ones, writers must not make them.',
    });
}
