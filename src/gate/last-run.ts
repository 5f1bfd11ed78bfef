// The file that remembers the findings of a run for --since-last: a line that says what it is, then a line per finding. State, not derived data: it lies in the
// lake's folder `since-last` for the lake's own runs, else in the user's state folder, one file for each scope and choice of checks.
import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readSync, realpathSync, writeSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import type { Scratch } from '../catalog/scratch.ts';
import type { Scope } from '../catalog/sources.ts';
import { LakeobsError, reasonOf, systemCode } from '../errors.ts';
import { batchBytes, scanChunkBytes } from '../limits.ts';
import type { Identity } from '../result.ts';
import { type Draft, openDraft } from './draft.ts';

const schema = 'lakeobs.last-run.v1';

/** The first line. */
interface Head {
  schema: typeof schema;
  /** When the run began. */
  at: string;
  /** Lines of each check that was judged, none with 0. */
  checks: Readonly<Record<string, number>>;
}

/** A finding that was there; the field order is the order on disk. */
export interface Remembered {
  check: string;
  fingerprint: string;
  identity: Identity;
}

/** What makes two runs comparable. */
export interface LastRunKey {
  scope: Scope;
  /** The words that chose the checks. */
  choice: readonly string[];
  params: Readonly<Record<string, string>>;
  /** Whether there is a lower and an upper bound of time. */
  window: readonly [since: boolean, until: boolean];
  stateFolder: string | undefined;
}

export interface LastRun {
  /** When it began. */
  at: string;
  /** Fingerprints by check. */
  findings: ReadonlyMap<string, readonly string[]>;
  /** Its findings that are wanted, in the order of the file: always of the file that was opened, whatever another run puts in its place. */
  lines(isWanted: (check: string, fingerprint: string) => boolean): Iterable<Remembered>;
  close(): void;
}

/** Where the run will be remembered (the file is not touched until it is published), and the run before, null when there is none.
 * @throws LakeobsError io when neither lake nor state folder can be written, input for a file that is damaged. */
export function openLastRun(key: LastRunKey): { last: LastRun | null; draft: Draft } {
  const places = placesOf(key);
  const runs: LastRun[] = [];
  try {
    for (const path of places) if (existsSync(path)) runs.push(readLastRun(path));
    // A lake that could not be written for a while: the younger of two counts.
    runs.sort((a, b) => (a.at < b.at ? 1 : -1));
    for (const older of runs.splice(1)) older.close();
    return { last: runs[0] ?? null, draft: firstWritable(places) };
  } catch (error) {
    for (const run of runs) run.close();
    throw error;
  }
}

/** Findings of this run on their way into a file; memory stays flat however many there are. */
export interface FindingLines {
  add(finding: Remembered): void;
  /** Writes what waits, and gives the file with its lines. */
  end(): { path: string; count: number };
}

/** Opens a place for the findings of one check. @throws LakeobsError io, its functions too. */
export function openFindingLines(scratch: Scratch): FindingLines {
  const path = scratch.file('.ndjson');
  let waiting: string[] = [];
  let units = 0;
  let count = 0;
  const flush = () => {
    try {
      const file = openSync(path, 'a', 0o600);
      try {
        const bytes = Buffer.from(waiting.join(''));
        for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
      } finally {
        closeSync(file);
      }
    } catch (error) {
      throw new LakeobsError('io', `cannot keep findings in ${path}: ${reasonOf(error)}`, {
        path,
        hint: 'Set TMPDIR to a folder with more space.',
        cause: error,
      });
    }
    waiting = [];
    units = 0;
  };
  return {
    add: (finding) => {
      const line = lineOf(finding);
      waiting.push(line);
      units += line.length;
      count++;
      if (units >= batchBytes) flush();
    },
    end: () => {
      flush();
      return { path, count };
    },
  };
}

/** Writes and publishes a run: files of its own findings, and what stays of the last run; `counts` are lines by check. */
export function publishLastRun(
  draft: Draft,
  run: {
    at: string;
    counts: ReadonlyMap<string, number>;
    now: readonly string[];
    last: Iterable<Remembered> | null;
  },
): void {
  draft.write(`${JSON.stringify({ schema, at: run.at, checks: Object.fromEntries(run.counts) } satisfies Head)}\n`);
  for (const path of run.now) {
    const file = openSync(path, 'r');
    try {
      for (const text of textOf(file)) draft.write(text);
    } finally {
      closeSync(file);
    }
  }
  for (const finding of run.last ?? []) draft.write(lineOf(finding));
  draft.publish();
}

function lineOf({ check, fingerprint, identity }: Remembered): string {
  return `${JSON.stringify({ check, fingerprint, identity }).replace(/[\u2028\u2029]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16)}`)}\n`;
}

/** Reads what decides, fingerprints, and leaves the file open. */
function readLastRun(path: string): LastRun {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    throw unreadable(path, error);
  }
  try {
    const { head, findings } = fingerprintsIn(file, path);
    return { at: head.at, findings, lines: (isWanted) => wantedLines(file, isWanted), close: () => closeSync(file) };
  } catch (error) {
    closeSync(file);
    throw error instanceof LakeobsError || systemCode(error) === undefined ? error : unreadable(path, error);
  }
}

function fingerprintsIn(file: number, path: string): { head: Head; findings: Map<string, string[]> } {
  const findings = new Map<string, string[]>();
  let head: Head | null = null;
  let line = 0;
  for (const text of linesOf(file)) {
    line++;
    const value = parsed(text);
    if (value === undefined) throw damaged(path, line, 'is damaged');
    if (head === null) {
      if (!isHead(value)) throw damaged(path, line, 'is none, or of a version this lakeobs does not know');
      head = value;
      for (const check of Object.keys(head.checks)) findings.set(check, []);
    } else {
      const { check, fingerprint } = value as Remembered;
      const own = findings.get(check);
      if (own === undefined || typeof fingerprint !== 'string')
        throw damaged(path, line, 'holds a line that is no finding');
      own.push(fingerprint);
    }
  }
  if (head === null) throw damaged(path, 1, 'is empty');
  for (const [check, count] of Object.entries(head.checks))
    if (findings.get(check)!.length !== count) throw damaged(path, line, `is not whole: lines of ${check} are missing`);
  return { head, findings };
}

function* wantedLines(file: number, isWanted: (check: string, fingerprint: string) => boolean): Generator<Remembered> {
  let isFirst = true;
  for (const line of linesOf(file)) {
    if (isFirst) {
      isFirst = false;
      continue;
    }
    const remembered = JSON.parse(line) as Remembered;
    if (isWanted(remembered.check, remembered.fingerprint)) yield remembered;
  }
}

function damaged(path: string, line: number, what: string): LakeobsError {
  return new LakeobsError('input', `${path}:${line}: the state of --since-last ${what}`, {
    path,
    line,
    hint: 'Remove the file to begin anew: then all findings are new once.',
  });
}

function unreadable(path: string, error: unknown): LakeobsError {
  return new LakeobsError('input', `cannot read the state of --since-last, ${path}: ${reasonOf(error)}`, {
    path,
    hint: 'Correct its permissions, or run without --since-last.',
    cause: error,
  });
}

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function isHead(value: unknown): value is Head {
  const { schema: name, at, checks } = value as Partial<Head>;
  return name === schema && typeof at === 'string' && typeof checks === 'object' && checks !== null;
}

function* linesOf(file: number): Generator<string> {
  let rest = '';
  for (const text of textOf(file)) {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== '') yield rest;
}

/** A file in pieces, from its beginning. */
function* textOf(file: number): Generator<string> {
  const buffer = Buffer.allocUnsafe(scanChunkBytes);
  const decoder = new StringDecoder();
  for (let at = 0; ; ) {
    const bytes = readSync(file, buffer, 0, buffer.length, at);
    if (bytes === 0) return;
    at += bytes;
    yield decoder.write(buffer.subarray(0, bytes));
  }
}

/** The files that may hold the run, the one to write first. */
function placesOf({ scope, choice, params, window, stateFolder }: LastRunKey): string[] {
  const name = (where: readonly unknown[]): string =>
    createHash('sha256')
      .update(JSON.stringify([where, [...choice].sort(), Object.entries(params).sort(), window]))
      .digest('hex')
      .slice(0, 32);
  const sources = scope.config.sources.map(({ family, pattern }) => [family, pattern]);
  const outside = (where: readonly unknown[]): string[] =>
    stateFolder === undefined ? [] : [join(stateFolder, folderName, `${name(where)}.state`)];
  if (scope.paths.length > 0)
    return outside(['paths', ...scope.paths.map((path) => (path === '-' ? path : resolve(scope.cwd, path))).sort()]);
  const lake = existsSync(scope.lake) ? realpathSync(scope.lake) : null;
  const inside = lake === null ? [] : [join(lake, folderName, `${name(['lake', sources])}.state`)];
  return [...inside, ...outside(['lake', lake ?? scope.lake, sources])];
}

const folderName = 'since-last';

function firstWritable(places: readonly string[]): Draft {
  const failures: unknown[] = [];
  for (const path of places)
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      return openDraft(path, { mode: 0o600, hint: 'Free some space, or run without --since-last.' });
    } catch (error) {
      if (!(error instanceof LakeobsError) && systemCode(error) === undefined) throw error;
      failures.push(error);
    }
  const cause = failures.at(-1);
  throw new LakeobsError(
    'io',
    `--since-last has no place to remember this run${cause === undefined ? '' : `: ${reasonOf(cause)}`}`,
    { hint: 'Set XDG_STATE_HOME to a folder that can be written, or run without --since-last.', cause },
  );
}
