// Is the log still what its chain says? Names each changed, removed, inserted or cut-off stretch by file and byte range. Reads only; believes the head before the
// chain and the chain before the log. What it cannot see: bytes no entry covers yet, and a forger who rewrote log, chain and head (docs/format.md, "The chain").
import { basename, join } from 'node:path';
import { LakeobsError, systemCode } from '../errors.ts';
import { movingRetriesMax } from '../limits.ts';
import { type ChainHead, lineMark, type RangeEntry, readHead, sha256 } from './chain-entry.ts';
import { type ChainState, type CoveredFile, readChain } from './chain-state.ts';
import { logNames, parseSegment, segmentsAmong } from './naming.ts';
import { readWhole } from './read-whole.ts';
import { ioError } from './report.ts';
import { diskStorage, type Storage } from './storage.ts';

export interface ChainProblem {
  /** changed: other bytes of the same length · inserted: bytes that were not there · removed: bytes that are gone, the rest follows · cut-off: the end is gone ·
   * chain: the side files themselves. */
  kind: 'changed' | 'inserted' | 'removed' | 'cut-off' | 'chain';
  /** Absolute or relative as the log's path was given. */
  file: string;
  /** Byte range: where it is now for changed and inserted, where it was for removed and cut-off. */
  start: number;
  end: number;
  message: string;
}

export interface ChainReport {
  /** True when there is a chain, and no problem. */
  ok: boolean;
  entries: number;
  /** Files the chain knows, those deleted by retention included. */
  files: number;
  /** Bytes found exactly as covered. */
  verifiedBytes: number;
  /** Bytes no entry covers: written since the last flush, or by writers without a chain. Not a problem. */
  uncovered: { file: string; start: number; end: number }[];
  /** Covered files that are compressed now: their bytes cannot be compared as they lie. */
  compressed: string[];
  problems: ChainProblem[];
}

export interface VerifyOptions {
  /** A copy of the head kept elsewhere; the log's own head is compared too. */
  head?: ChainHead;
  storage?: Storage;
}

/** Verifies the chain of the log at `path`. Throws LakeobsError('input') when the log never had one. */
export function verifyChain(path: string, { head, storage = diskStorage }: VerifyOptions = {}): ChainReport {
  // A rotation under our eyes makes names mean other files: what it seems to show is no finding.
  for (let tries = 1; ; tries += 1) {
    try {
      const before = whoIsWho(path, storage);
      const report = verifyOnce(path, head, storage);
      if (report.ok || tries > movingRetriesMax || whoIsWho(path, storage) === before) return report;
    } catch (error) {
      if (error instanceof LakeobsError) throw error;
      if (systemCode(error) !== 'ENOENT' || tries > movingRetriesMax) throw ioError('verify', path, error);
    }
  }
}

function whoIsWho(path: string, storage: Storage): string {
  const { dir, chain } = logNames(path);
  return [...presentFiles(path, storage).plain]
    .map((name) => `${name} ${storage.look(join(dir, name))?.ino}`)
    .concat(String(storage.look(chain)?.size))
    .join('\n');
}

function verifyOnce(path: string, copy: ChainHead | undefined, storage: Storage): ChainReport {
  const names = logNames(path);
  // In this order: the chain is written before the head, so a chain read later is never shorter than what the head says.
  const headBytes = readWhole(storage, names.head);
  const bytes = readWhole(storage, names.chain);
  if (bytes === null && headBytes === null && copy === undefined)
    throw new LakeobsError('input', `${path} has no chain`, {
      path: names.chain,
      hint: 'Write the log with chain: true.',
    });
  const state = readChain(bytes ?? new Uint8Array());
  const report: ChainReport = {
    ok: true,
    entries: state.entries,
    files: state.files.size,
    verifiedBytes: 0,
    uncovered: [],
    compressed: [],
    problems: [],
  };
  const own = headBytes === null ? null : readHead(new TextDecoder().decode(headBytes));
  const known = Math.max(own?.entries ?? 0, copy?.entries ?? 0);
  for (const { line, start, end, message } of known > state.entries ? [...state.breaks, ...state.unread] : state.breaks)
    report.problems.push({ kind: 'chain', file: names.chain, start, end, message: `line ${line} ${message}` });
  if (own === null)
    report.problems.push({
      kind: 'chain',
      file: names.head,
      start: 0,
      end: headBytes?.byteLength ?? 0,
      message: headBytes === null ? 'the head file is gone' : 'the head file cannot be read',
    });
  for (const head of [own, copy ?? null])
    if (head !== null) compareHead(report, state, head, names.chain, bytes?.byteLength ?? 0);
  verifyFiles(report, state, path, storage);
  report.ok = report.problems.length === 0;
  return report;
}

function compareHead(report: ChainReport, state: ChainState, head: ChainHead, chain: string, chainBytes: number): void {
  if (head.entries > state.entries)
    report.problems.push({
      kind: 'cut-off',
      file: chain,
      start: chainBytes,
      end: chainBytes,
      message: `the chain ends at entry ${state.entries}, the head knows ${head.entries}: it had covered ${head.name} up to byte ${head.end} at ${head.at}`,
    });
  else if (head.entries > 0 && state.hashes[head.entries - 1] !== head.hash)
    report.problems.push({
      kind: 'chain',
      file: chain,
      start: 0,
      end: chainBytes,
      message: `entry ${head.entries} is not the one the head knows: the chain was rewritten`,
    });
}

function verifyFiles(report: ChainReport, state: ChainState, path: string, storage: Storage): void {
  const { dir } = logNames(path);
  const found = new Map<CoveredFile, string>();
  const present = presentFiles(path, storage);
  const lost: CoveredFile[] = [];
  // A name belongs to the file that bore it last; earlier bearers are looked for by their content among files no entry names.
  for (const file of [...state.files.values()].reverse())
    if (!file.retired)
      if (present.plain.has(file.name) && ![...found.values()].includes(file.name)) found.set(file, file.name);
      else lost.push(file);
  const unclaimed = new Set([...present.plain].filter((name) => ![...found.values()].includes(name)));
  const active = basename(path);
  for (const [file, name] of [...found])
    if (name === active && !begins(storage, join(dir, name), file)) {
      const elsewhere = [...unclaimed].find((candidate) => begins(storage, join(dir, candidate), file));
      if (elsewhere !== undefined) {
        unclaimed.delete(elsewhere);
        unclaimed.add(name);
        found.set(file, elsewhere);
      }
    }
  for (const file of lost.reverse()) {
    const elsewhere = [...unclaimed].find((name) => file.ranges.length > 0 && begins(storage, join(dir, name), file));
    if (elsewhere !== undefined) {
      unclaimed.delete(elsewhere);
      found.set(file, elsewhere);
    } else if (present.compressed.has(file.name)) report.compressed.push(join(dir, present.compressed.get(file.name)!));
    else if (file.end > 0)
      report.problems.push({
        kind: 'removed',
        file: join(dir, file.name),
        start: 0,
        end: file.end,
        message: 'the whole file is gone, and not by retention',
      });
  }
  for (const [file, name] of [...found].sort(([a], [b]) => a.id - b.id))
    verifyFile(report, file, join(dir, name), storage);
  for (const name of unclaimed) {
    const size = storage.look(join(dir, name))?.size ?? 0;
    if (size > 0) report.uncovered.push({ file: join(dir, name), start: 0, end: size });
  }
}

function presentFiles(path: string, storage: Storage): { plain: Set<string>; compressed: Map<string, string> } {
  const { dir } = logNames(path);
  const plain = new Set<string>();
  const compressed = new Map<string, string>();
  for (const { fileName, compression } of segmentsAmong(path, storage.list(dir)))
    if (compression === '') plain.add(fileName);
    else compressed.set(fileName.slice(0, -compression.length), fileName);
  if (storage.look(path) !== null && parseSegment(path, basename(path)) === null) plain.add(basename(path));
  return { plain, compressed };
}

/** Walks the ranges of one file; at the first that does not fit it looks for the next that does, and names what lies between. */
function verifyFile(report: ChainReport, file: CoveredFile, path: string, storage: Storage): void {
  const fd = storage.openToRead(path);
  try {
    const { size } = storage.stat(fd);
    let at = 0;
    let index = 0;
    while (index < file.ranges.length) {
      const range = file.ranges[index]!;
      if (fits(storage, fd, at, size, range)) {
        report.verifiedBytes += range.end - range.start;
        at += range.end - range.start;
        index += 1;
        continue;
      }
      const next = findAgain(storage, fd, at, size, file.ranges, index);
      if (next === null) {
        report.problems.push(endProblem(path, at, size, range.start, file.end));
        return;
      }
      report.problems.push(gapProblem(path, at, next.at, range.start, file.ranges[next.index]!.start));
      at = next.at;
      index = next.index;
    }
    if (size > at) report.uncovered.push({ file: path, start: at, end: size });
  } finally {
    storage.close(fd);
  }
}

/** What happened between the last range that fits and the next one: `[was, wasEnd)` in the original is `[at, end)` now. */
function gapProblem(file: string, at: number, end: number, was: number, wasEnd: number): ChainProblem {
  const gone = wasEnd - was - (end - at);
  if (gone === 0)
    return { kind: 'changed', file, start: at, end, message: `these ${end - at} bytes are not what was written` };
  if (gone < 0)
    return {
      kind: 'inserted',
      file,
      start: at,
      end,
      message: `${-gone} bytes too many here${wasEnd > was ? `, where ${wasEnd - was} were written` : ''}`,
    };
  return {
    kind: 'removed',
    file,
    start: was,
    end: wasEnd,
    message: `${gone} bytes are gone from this part${end > at ? `; ${end - at} bytes are left of it at byte ${at}` : ''}`,
  };
}

/** Nothing fits any more from `at` to the end of the file; `[was, wasEnd)` was written there. */
function endProblem(file: string, at: number, size: number, was: number, wasEnd: number): ChainProblem {
  if (size - at >= wasEnd - was)
    return {
      kind: 'changed',
      file,
      start: at,
      end: at + (wasEnd - was),
      message: 'from here on nothing is what was written',
    };
  return {
    kind: 'cut-off',
    file,
    start: was,
    end: wasEnd,
    message: `the file ends at byte ${size}${size > at ? `, and its last ${size - at} bytes cannot be checked` : ''}: ${wasEnd - was - (size - at)} bytes are missing`,
  };
}

/** The next place at or behind `at` where a range from `index` on lies whole. Lines are the candidates, their marks the filter. */
function findAgain(
  storage: Storage,
  fd: number,
  at: number,
  size: number,
  ranges: readonly RangeEntry[],
  index: number,
): { at: number; index: number } | null {
  const byMark = new Map<string, number[]>();
  for (let i = index; i < ranges.length; i += 1)
    byMark.set(ranges[i]!.first, [...(byMark.get(ranges[i]!.first) ?? []), i]);
  const window = new Uint8Array(size - at);
  const bytes = window.subarray(0, storage.read(fd, window, at));
  for (let start = 0; start < bytes.byteLength; ) {
    const newline = bytes.indexOf(10, start);
    if (newline === -1) return null;
    for (const candidate of byMark.get(lineMark(bytes.subarray(start, newline))) ?? []) {
      const range = ranges[candidate]!;
      const end = start + range.end - range.start;
      if (end <= bytes.byteLength && sha256(bytes.subarray(start, end)) === range.sha256)
        return { at: at + start, index: candidate };
    }
    start = newline + 1;
  }
  return null;
}

function fits(storage: Storage, fd: number, at: number, size: number, range: RangeEntry): boolean {
  const length = range.end - range.start;
  if (at + length > size) return false;
  const bytes = new Uint8Array(length);
  return storage.read(fd, bytes, at) === length && sha256(bytes) === range.sha256;
}

function begins(storage: Storage, path: string, file: CoveredFile): boolean {
  const range = file.ranges[0];
  if (range === undefined) return false;
  const fd = storage.openToRead(path);
  try {
    return fits(storage, fd, 0, storage.stat(fd).size, range);
  } finally {
    storage.close(fd);
  }
}
