// Mends one file at rest: what is no record goes to the quarantine, every record gets a line of its own, and the file as it was is kept beside them. A file that
// somebody may still be writing is sealed or left. Never truncates, never writes into a file but by an O_APPEND newline; a kill between any two steps loses and
// doubles nothing (docs/repair.md).
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  futimesSync,
  lstatSync,
  openSync,
  readlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { LakeobsError } from '../errors.ts';
import { closedAfterMs, lineBytesMax, lockPollMs, lockWaitMs, lookMs, quarantinePieceBytes } from '../limits.ts';
import { mintId } from '../schema/ids.ts';
import { systemClock } from './active-file.ts';
import { Chain } from './chain.ts';
import type { DamagedRange } from './damage.ts';
import { type Diagnosis, diagnose, isSick } from './diagnosis.ts';
import { writersOf } from './holders.ts';
import { takeLock } from './lock.ts';
import { MendedCopy } from './mended-copy.ts';
import { logNames, segmentsAmong } from './naming.ts';
import { PieceCutter, QUARANTINE_SCHEMA, type QuarantineRecord } from './quarantine.ts';
import { type Desk, publishRanges, stillHere, syncFolder, undo } from './repair-desk.ts';
import { ioError } from './report.ts';
import { healTwoNames, isSameFile, moveAside } from './rotation.ts';
import { diskStorage, type FileState, steppingStorage } from './storage.ts';
import { sealTail } from './tail.ts';
import { verifyChain } from './verify-chain.ts';

export interface RepairTarget {
  /** Absolute. */
  path: string;
  /** The active file of its log: `path` itself unless it is a closed segment. */
  log: string;
  compressed: boolean;
  /** It is the active file of a log that writers rotate: it is closed as a segment first, and mended there. */
  rotates: boolean;
  /** Why it must not be changed, whatever is wrong with it; null: it may. */
  forbidden: string | null;
}

export interface RepairOptions {
  /** False: say what would be done, change nothing. */
  apply: boolean;
  desk: Desk;
  /** Called before the first change; makes sure that the desk is open. */
  onBegin?: (() => void) | undefined;
  signal?: AbortSignal | undefined;
  /** Bytes of this file on disk that were read; a file that is mended is read three times. */
  onProgress?: ((bytes: number) => void) | undefined;
}

export interface FileRepair {
  file: string;
  /** none: nothing is wrong · mend: records kept, the rest to the quarantine · seal: a newline ends the torn tail, the rest waits · left: see `why`. */
  action: 'none' | 'mend' | 'seal' | 'left';
  /** Whether that was done (in a dry run never). */
  done: boolean;
  /** For seal and left: one sentence, and what to do. */
  why: string | null;
  diagnosis: Diagnosis;
  /** The file under its new name, when it was the active file. */
  segment: string | null;
  /** The bytes that were taken out, as records. */
  quarantine: string | null;
  /** The file as it was. */
  original: string | null;
}

/** Diagnoses one file and, with `apply`, mends it. @throws LakeobsError io with the system's reason; the file is then as it was, or mended. */
export async function repairFile(target: RepairTarget, options: RepairOptions): Promise<FileRepair> {
  const { path } = target;
  const state = lookAt(path);
  const diagnosis = await diagnose(path, scanOptions(target.compressed ? null : state, options));
  const report: FileRepair = {
    file: path,
    action: 'none',
    done: false,
    why: null,
    diagnosis,
    segment: null,
    quarantine: null,
    original: null,
  };
  if (!isSick(diagnosis)) return report;
  const obstacle = obstacleTo(target, state, diagnosis, options.desk);
  if (obstacle !== null) {
    report.action = obstacle.sealable && diagnosis.tail.state === 'torn' ? 'seal' : 'left';
    report.why = obstacle.why;
    if (report.action === 'seal' && options.apply) report.done = seal(path, options.desk);
    return report;
  }
  report.action = 'mend';
  if (!options.apply) return report;
  options.onBegin?.();
  await mend(target, state, options, report);
  return report;
}

/** One file under two names of its log. */
export interface TwoNames {
  /** The name to take away: the active one, or the younger segment. */
  extra: string;
  segment: string;
}

/** A rotation that was begun with link(2) and never ended, or whose healing was not: null when every name of the log has its own file. */
export function unfinishedRotation(log: string): TwoNames | null {
  const names = logNames(log);
  const seen = new Map<string, string>();
  const paths = segmentsAmong(log, diskStorage.list(names.dir)).map(({ fileName }) => join(names.dir, fileName));
  for (const path of [...paths, log]) {
    const state = diskStorage.look(path);
    if (state === null || state.links < 2) continue;
    const inode = `${state.dev}:${state.ino}`;
    const segment = seen.get(inode);
    if (segment !== undefined) return { extra: path, segment };
    seen.set(inode, path);
  }
  return null;
}

/** Ends it: the extra name goes, the segment stays. */
export function endRotation(log: string, desk: Desk): void {
  const storage = steppingStorage(desk.step);
  try {
    for (let found = unfinishedRotation(log); found !== null; found = unfinishedRotation(log)) {
      const held = diskStorage.look(found.segment);
      if (held === null) return;
      // A writer may give the active name to another file at any time; a segment's name is nobody's but this file's.
      if (found.extra !== log) storage.unlink(found.extra);
      else if (healTwoNames(storage, logNames(log), held) === null) return;
    }
  } catch (error) {
    throw ioError('end the rotation of', log, error);
  }
}

interface Obstacle {
  why: string;
  sealable: boolean;
}

function obstacleTo(target: RepairTarget, state: FileState, diagnosis: Diagnosis, desk: Desk): Obstacle | null {
  const { path, forbidden } = target;
  const left = (why: string): Obstacle => ({ why, sealable: false });
  if (forbidden !== null) return left(forbidden);
  if (target.compressed)
    return left('compressed files are not rewritten: unpack it beside, remove the compressed one, repair again');
  if (lstatSync(path).isSymbolicLink())
    return left(`the name is a link: repair the file itself, ${resolve(dirname(path), readlinkSync(path))}`);
  if ('not-ndjson' in diagnosis.reasons) return left('it is not NDJSON: convert it, or move it away');
  if (state.links > 1)
    return left(
      `the file has ${state.links} names (hard links) and only one would be mended: copy it, or remove the others`,
    );
  const quietMs = Date.now() - state.modifiedMs;
  if (quietMs < closedAfterMs)
    return {
      why: `it was written ${Math.max(0, Math.round(quietMs / 1000))} s ago: run this again when nobody has written to it for ${closedAfterMs / 1000} s`,
      sealable: true,
    };
  const writer = writersOf(state)[0];
  if (writer !== undefined)
    return {
      why: `process ${writer.pid} (${writer.name}) has it open for writing: stop it, or wait until it has rotated`,
      sealable: true,
    };
  return brokenChain(target.log, desk) ? left(chainWords) : null;
}

const chainWords =
  'the log is not what its chain says, and mending would hide that: look at lakeobs doctor --verify first, then restore the file, or remove the chain';

function brokenChain(log: string, desk: Desk): boolean {
  const { chain, head } = logNames(log);
  if (diskStorage.look(chain) === null && diskStorage.look(head) === null) return false;
  const held = chainsHeld.get(desk) ?? new Set();
  chainsHeld.set(desk, held);
  if (held.has(log)) return false;
  const { ok } = verifyChain(log);
  if (ok) held.add(log);
  return !ok;
}

/** Logs whose chain was found to hold in this run: a log of a thousand segments is read through once, not once a damaged segment. */
const chainsHeld = new WeakMap<Desk, Set<string>>();

function seal(path: string, desk: Desk): boolean {
  desk.step('seal');
  try {
    const descriptor = diskStorage.open(path);
    try {
      const { size } = diskStorage.stat(descriptor);
      return sealTail(steppingStorage(desk.step), descriptor, size, systemClock.sleep) !== null;
    } finally {
      diskStorage.close(descriptor);
    }
  } catch (error) {
    throw ioError('seal', path, error);
  }
}

async function mend(
  target: RepairTarget,
  listed: FileState,
  options: RepairOptions,
  report: FileRepair,
): Promise<void> {
  const { desk } = options;
  let { path } = target;
  let state = listed;
  const leave = (why: string): void => {
    report.action = 'left';
    report.why = why;
  };
  if (target.rotates) {
    const segment = await rotate(target.log, state, desk);
    if (segment === null) {
      leave('it was rotated or replaced meanwhile: run this again');
      return;
    }
    report.segment = segment;
    path = segment;
    // A writer that opened it before it was moved looks at its path within lookMs, and leaves.
    await wait(2 * lookMs);
    state = lookAt(segment);
    const obstacle = obstacleTo({ ...target, path: segment }, state, report.diagnosis, desk);
    if (obstacle !== null) {
      leave(`it is closed as ${segment} now, but ${obstacle.why}`);
      return;
    }
  }
  const id = mintId();
  const source = openSync(path, 'r');
  let swapped = false;
  try {
    await writeFiles(id, path, source, state, options);
    const swap = (): void => {
      if (!isUntouched(diskStorage.look(path), state)) throw new Moved();
      const original = join(desk.originals, `${basename(path)}.${id}`);
      desk.step('link original');
      diskStorage.link(path, original);
      syncFolder(desk, desk.originals);
      desk.step('rename');
      diskStorage.rename(join(desk.work, `${id}.mended`), path);
      swapped = true;
      report.done = true;
      report.original = original;
      syncFolder(desk, desk.dir);
    };
    if (!(await underLock(target.log, path, state.size, desk, swap)))
      throw new Moved('another process holds the lock of the log');
  } catch (error) {
    if (!swapped) {
      undo(desk, id);
      if (!(error instanceof Moved)) throw error instanceof LakeobsError ? error : ioError('repair', path, error);
      leave(`${error.message}: run this again`);
      return;
    }
    throw error instanceof LakeobsError ? error : ioError('repair', path, error);
  } finally {
    try {
      if (swapped) {
        const quarantine = publishRanges(desk, id);
        report.quarantine = report.diagnosis.damaged > 0 ? quarantine : null;
        // A log that rotates was left by its writers before; only a file that keeps its name can have been opened a moment before it was replaced.
        if (path === target.log) await wait(2 * lookMs);
        const late = fstatSync(source).size - state.size;
        if (late > 0)
          leave(
            `mended, but ${late} bytes were written to the old file meanwhile; they are in ${report.original} from byte ${state.size}: append them to ${path}`,
          );
      }
    } finally {
      closeSync(source);
    }
  }
}

/** Something happened to the file while it was mended. */
class Moved extends Error {
  constructor(message = 'it changed while it was mended') {
    super(message);
  }
}

async function rotate(log: string, state: FileState, desk: Desk): Promise<string | null> {
  const names = logNames(log);
  let segment: string | null = null;
  const moved = await underLock(log, null, 0, desk, () => {
    segment = moveAside(steppingStorage(desk.step), names, state);
    if (segment !== null) syncFolder(desk, names.dir);
  });
  return moved ? segment : null;
}

/** Does it while this process holds `<stem>.lock`. A file whose bytes are replaced is covered anew by the log's chain, if there is one. */
async function underLock(
  log: string,
  replaced: string | null,
  bytes: number,
  desk: Desk,
  work: () => void,
): Promise<boolean> {
  const names = logNames(log);
  const storage = steppingStorage(desk.step);
  const chained = replaced !== null && diskStorage.look(names.chain) !== null;
  const chain = chained ? new Chain({ storage, names, now: () => Date.now(), durable: true }) : null;
  for (const giveUpAt = Date.now() + lockWaitMs; ; await wait(lockPollMs)) {
    if (chain === null) {
      const release = takeLock(diskStorage, names.lock, Date.now());
      if (release !== null)
        try {
          work();
          return true;
        } finally {
          release();
        }
    } else if (chain.replace(replaced!, bytes, work)) return true;
    if (Date.now() >= giveUpAt) return false;
  }
}

/** Writes the mended copy and the bytes that are taken out, makes them durable, and reads the copy to see that it holds exactly the records of the file. */
async function writeFiles(
  id: string,
  path: string,
  source: number,
  state: FileState,
  options: RepairOptions,
): Promise<void> {
  const { desk } = options;
  const mended = join(desk.work, `${id}.mended`);
  desk.step('create mended');
  const target = openSync(mended, 'wx', 0o600);
  let before: Diagnosis;
  try {
    // In this order, and synced: a file of ranges without its copy means that the copy has taken its place.
    syncFolder(desk, desk.work);
    desk.step('create ranges');
    const ranges = openSync(join(desk.work, `${id}.ranges`), 'wx', 0o600);
    try {
      const keep = new RangeKeeper(path, ranges);
      const copy = new MendedCopy({ source, target, onDamaged: (range, read) => keep.take(range, read) });
      before = await diagnose(path, scanOptions(state, options), (found) => copy.take(found));
      copy.end(state.size);
      desk.step('fsync ranges');
      fsyncSync(ranges);
    } finally {
      closeSync(ranges);
    }
    fchmodSync(target, state.mode);
    const own = fstatSync(source);
    if (process.getuid?.() === 0) fchownSync(target, own.uid, own.gid);
    // The age of its last record decides about retention and rest, not the day it was mended.
    futimesSync(target, own.atime, own.mtime);
    desk.step('fsync mended');
    fsyncSync(target);
  } finally {
    closeSync(target);
  }
  syncFolder(desk, desk.work);
  const after = await diagnose(mended, scanOptions(null, options));
  if (isSick(after) || after.records !== before.records || after.digest !== before.digest)
    throw new LakeobsError('internal', `the mended copy of ${path} does not hold its records; nothing was changed`, {
      path,
      hint: 'Please report this, with the file if you can.',
    });
}

/** Writes damaged ranges as quarantine records. */
class RangeKeeper {
  readonly #file: string;
  readonly #descriptor: number;
  readonly #at = new Date().toISOString();

  constructor(file: string, descriptor: number) {
    this.#file = file;
    this.#descriptor = descriptor;
  }

  take(range: DamagedRange, read: () => Iterable<Buffer>): void {
    const { line, byteOffset, byteLength, reason } = range;
    if (reason === 'nul-bytes' && byteLength > quarantinePieceBytes) {
      // A hole of gigabytes need not be written out: its length says everything.
      this.#write({
        schema: QUARANTINE_SCHEMA,
        at: this.#at,
        file: this.#file,
        line,
        byte_offset: byteOffset,
        byte_length: byteLength,
        reason: `${reason} (all of them zero, not repeated here)`,
        encoding: 'utf8',
        raw: '',
      });
      return;
    }
    const cutter = new PieceCutter({ file: this.#file, line, byteOffset, reason }, this.#at);
    for (const part of read()) for (const record of cutter.push(part)) this.#write(record);
    for (const record of cutter.end()) this.#write(record);
  }

  #write(record: QuarantineRecord): void {
    const bytes = Buffer.from(`${JSON.stringify(record)}\n`);
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#descriptor, bytes, done);
  }
}

function scanOptions(state: FileState | null, { desk, apply, onProgress, signal }: RepairOptions) {
  return {
    lineBytesMax,
    ...(state === null ? {} : { endOffset: state.size }),
    onProgress: (bytes: number) => {
      if (apply) stillHere(desk);
      onProgress?.(bytes);
    },
    ...(signal === undefined ? {} : { signal }),
  };
}

function lookAt(path: string): FileState {
  let state: FileState | null;
  try {
    state = diskStorage.look(path);
  } catch (error) {
    throw ioError('look at', path, error);
  }
  if (state?.isFile === true) return state;
  throw new LakeobsError('input', state === null ? `${path} is gone` : `${path} is no regular file`, {
    path,
    hint: 'Name files that are at rest.',
  });
}

function isUntouched(now: FileState | null, then: FileState): boolean {
  return isSameFile(now, then) && now!.size === then.size && now!.modifiedMs === then.modifiedMs;
}
