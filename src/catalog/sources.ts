// Which files does an answer rest on? Lists the logs of a lake, of the config and of PATH arguments (contract.md of the project: docs/reading.md, "What is read"),
// each file once by device and inode. It opens nothing for reading and never looks into a file.
import {
  accessSync,
  type BigIntStats,
  constants,
  type Dirent,
  existsSync,
  lstat,
  lstatSync,
  readdir,
  readdirSync,
  realpath,
  type Stats,
  stat,
  statSync,
} from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import type { FileSystemAdapter } from 'tinyglobby';
import { LakeobsError, reasonOf, systemCode } from '../errors.ts';
import { movingRetriesMax } from '../limits.ts';
import { logNames, parseSegment } from '../ndjson/naming.ts';
import { families, familyNames } from '../schema/facts.ts';
import type { FamilyName } from '../schema/family.ts';
import type { Config } from './config.ts';
import type { RosterSource } from './roster.ts';

export type Compression = '' | '.gz' | '.zst';

/** What stat says of a file; two equal stamps mean nobody touched it in between, as far as a file system tells. */
export interface Stamp {
  dev: bigint;
  ino: bigint;
  size: number;
  mtimeNs: bigint;
  ctimeNs: bigint;
}

export interface SourceFile {
  /** Absolute path as listed; `-` for standard input. */
  path: string;
  origin: 'lake' | 'config' | 'path' | 'stdin';
  /** Family the file's name stands for, for lake and config files; null for a PATH. Only what an unrecognised line counts for hangs on it. */
  family: FamilyName | null;
  compression: Compression;
  /** A closed segment of a rotated log: never growing by agreement. */
  closed: boolean;
  /** A pipe, socket or device: read once, through a private copy. */
  stream: boolean;
  stamp: Stamp;
}

export interface Listing {
  files: readonly SourceFile[];
  /** Folders that were read as lakes. */
  lakes: readonly string[];
  /** Other *.jsonl files in the lake, which nobody reads. */
  unreadInLake: readonly string[];
  /** Segments of a log beside a file PATH that were not asked for. */
  segmentsUnread: readonly string[];
  /** Packed copies of segments that lie unpacked beside them (`gzip -k`): the same records, read once. */
  copiesUnread: readonly { path: string; readInstead: string }[];
  /** Files of a walked folder whose names say that they held a log, in a form that is not read: `agent.log.1`, `agent.jsonl.bz2`, `AGENT.JSONL`. */
  notLogs: readonly string[];
  /** PATHs and sources of the config, as they were written, in which no log was found: folders, and patterns that match nothing yet. */
  nothingIn: readonly string[];
  /** With Scope.lenient: what was asked for and cannot be read, each with its reason. */
  unreadable: readonly LakeobsError[];
}

export interface Scope {
  /** PATH arguments; when there are any they replace lake and config sources. */
  paths: readonly string[];
  lake: string;
  /** The lake was named for this run, by a flag or in the environment: then it has to be there. */
  lakeNamed?: boolean | undefined;
  config: Config;
  cwd: string;
  /** The file behind the view `roster`: no log, wherever it lies. */
  roster?: RosterSource | undefined;
  /** No file at all: every view is there and empty (statements are only planned). */
  nothing?: boolean;
  /** Go on without what is missing or unreadable, as long as there is something: findings in the rest are certain all the same. */
  lenient?: boolean;
}

/** Lists the files of a scope, sorted by path.
 *
 * A rotation gives the active file its closed name, so a file always has a name; but a name read early may be looked at late and then stand for another file.
 * So everything is listed again until two listings in a row agree on every path and inode: what is then missing in neither is missing from the scope.
 * @throws LakeobsError input for a PATH, lake or config source that is missing or unreadable. */
export async function listSources(scope: Scope): Promise<Listing> {
  let before = await listOnce(scope);
  for (let attempt = 0; attempt <= movingRetriesMax; attempt++) {
    const now = await listOnce(scope);
    if (now.key !== null && now.key === before.key) return now.listing;
    before = now;
  }
  throw new LakeobsError('input', 'the files are renamed faster than they can be listed', {
    hint: 'Raise the rotation size of their writers, or name files that are at rest.',
  });
}

async function listOnce(scope: Scope): Promise<{ listing: Listing; key: string | null }> {
  const list = new FileList(scope);
  if (scope.nothing === true) return list.done();
  if (scope.paths.length > 0) {
    for (const path of scope.paths) await list.asked(() => listPath(path, scope, list), path);
    return list.done();
  }
  if (existsSync(scope.lake)) await list.asked(() => listLake(scope.lake, list));
  // A lake nobody named need not be there beside other sources; what cannot be reached may hold anything.
  else if (scope.lakeNamed === true || scope.config.sources.length === 0 || isOutOfReach(scope.lake))
    await list.asked(() => Promise.reject(noLake(scope.lake)));
  for (const { family, pattern } of scope.config.sources)
    await list.asked(() => listConfigSource(pattern, family, scope, list), pattern);
  return list.done();
}

/** The stamp of a path as it is now, null when it is gone. */
export function stampOf(path: string): Stamp | null {
  try {
    return stampFrom(statSync(path, { bigint: true }));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw new LakeobsError('io', `cannot look at ${path}: ${reasonOf(error)}`, { path, cause: error });
  }
}

/** The same for a file that is compared with others only: null as well when nobody can look at it. Whoever reads it says so. */
export function reachableStampOf(path: string): Stamp | null {
  try {
    return stampOf(path);
  } catch (error) {
    if (!(error instanceof LakeobsError)) throw error;
    return null;
  }
}

export function stampFrom({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): Stamp {
  return { dev, ino, size: Number(size), mtimeNs, ctimeNs };
}

/** Whether two looks saw the same file, whatever became of it. */
export function isSameFile(a: Stamp, b: Stamp | null): boolean {
  return b !== null && a.dev === b.dev && a.ino === b.ino;
}

/** Whether two looks saw the same file, untouched. */
export function sameStamp(a: Stamp, b: Stamp | null): boolean {
  return (
    b !== null &&
    a.dev === b.dev &&
    a.ino === b.ino &&
    a.size === b.size &&
    a.mtimeNs === b.mtimeNs &&
    a.ctimeNs === b.ctimeNs
  );
}

/** Whether a folder is a lake: it has lakeobs' own folder, or a log named like a family. */
export function isLake(folder: string): boolean {
  if (existsSync(join(folder, '.lakeobs'))) return true;
  return readFolder(folder).some((name) =>
    families.some((family) => name === family.file || parseSegment(join(folder, family.file), name) !== null),
  );
}

const logSuffixes = new Set(['.jsonl', '.ndjson', '.log']);
/** Names of logs that other programs rotated (`.1`, `-20260301`), packed in another way, or wrote in upper case: passed over, they must at least be named. */
const wasLog = /\.(jsonl|ndjson|log)([.-]\d[\d.T-]*)?(\.(gz|zst|bz2|xz|lz4|zip))?$/i;

class FileList {
  readonly #files = new Map<string, SourceFile>();
  readonly #unread = new Set<string>();
  readonly #unreadable: LakeobsError[] = [];
  readonly #siblings: string[] = [];
  readonly #notLogs = new Set<string>();
  readonly #nothingIn: string[] = [];
  readonly #folders = new Map<string, string[]>();
  readonly #lakes = new Set<string>();
  readonly #roster: Stamp | null;
  readonly #lenient: boolean;
  #gone = false;
  #found = 0;

  constructor({ roster, lenient }: Scope) {
    this.#roster = roster === undefined ? null : reachableStampOf(roster.file);
    this.#lenient = lenient === true;
  }

  /** Whether a path, by whatever name, is the roster: that is no log. */
  isRoster(path: string): boolean {
    return this.#roster !== null && isSameFile(this.#roster, reachableStampOf(path));
  }

  /** A file under a name that was found a moment ago: when it is gone meanwhile, the listing is no good. */
  found(file: Omit<SourceFile, 'stamp' | 'stream'>): void {
    this.#found++;
    try {
      this.add(file);
    } catch (error) {
      const missing = error instanceof LakeobsError && systemCode(error.cause) === 'ENOENT';
      if (missing && misreadAt(file.path) !== undefined) this.#fails(notUtf8(file.path));
      // A link to nothing will still be one the next time.
      else if (missing && !isLink(file.path)) this.gone();
      else this.#fails(error);
    }
  }

  /** What stands under a name in a folder that is being walked: undefined when it is gone, or, with Scope.lenient, when nobody can look at it. */
  look(path: string): Stats | undefined {
    let own: Stats | undefined;
    try {
      own = lstatSync(path, { throwIfNoEntry: false });
    } catch (error) {
      this.#fails(unreadable(path, error));
      return undefined;
    }
    if (own !== undefined) return own;
    const misread = misreadAt(path);
    if (misread === undefined) this.gone();
    else if (misread.isDirectory() || isLogName(path)) this.#fails(notUtf8(path));
    return undefined;
  }

  /** The names in a folder that is being walked; none when it cannot be read, with Scope.lenient. */
  walked(folder: string): readonly string[] {
    try {
      return readFolder(folder);
    } catch (error) {
      this.#fails(error);
      return [];
    }
  }

  /** A folder that a pattern leads through and nobody can read. */
  missed(error: LakeobsError): void {
    this.#fails(error);
  }

  /** A file that was asked for by name. @throws LakeobsError input when it is missing or unreadable. */
  add(file: Omit<SourceFile, 'stamp' | 'stream'>): void {
    const { path } = file;
    let look: BigIntStats;
    try {
      accessSync(path, constants.R_OK);
      look = statSync(path, { bigint: true });
    } catch (error) {
      throw unreadable(path, error);
    }
    if (look.isDirectory()) throw unreadable(path, systemError('EISDIR'));
    if (file.origin === 'lake' && !look.isFile()) throw noFile(path);
    const stamp = stampFrom(look);
    const key = keyOf(stamp);
    const held = this.#files.get(key);
    // One inode under two names while a writer rotates: the closed name stays, the active one is about to go.
    if (held === undefined || (!held.closed && file.closed))
      this.#files.set(key, { ...file, stamp, stream: !look.isFile() });
  }

  gone(): void {
    this.#gone = true;
  }

  /** The names in a folder, read once a listing; none when there is no such folder. */
  folder(path: string): readonly string[] {
    let names = this.#folders.get(path);
    if (names === undefined) {
      names = existsSync(path) ? readFolder(path) : [];
      this.#folders.set(path, names);
    }
    return names;
  }

  addStdin(): void {
    this.#found++;
    const zero = { dev: 0n, ino: 0n, size: 0, mtimeNs: 0n, ctimeNs: 0n };
    this.#files.set('-', {
      path: '-',
      origin: 'stdin',
      family: null,
      compression: '',
      closed: false,
      stream: true,
      stamp: zero,
    });
  }

  lake(folder: string): void {
    this.#lakes.add(folder);
  }

  unread(path: string): void {
    this.#unread.add(path);
  }

  siblings(path: string): void {
    this.#siblings.push(path);
  }

  notLog(path: string): void {
    this.#notLogs.add(path);
  }

  /** Lists one thing that was asked for, by the name `what`. */
  async asked(list: () => Promise<void> | void, what?: string): Promise<void> {
    const before = this.#found;
    try {
      await list();
      if (what !== undefined && this.#found === before) this.#nothingIn.push(what);
    } catch (error) {
      this.#fails(error);
    }
  }

  /** With Scope.lenient a failure is kept for the end: what stands behind it is listed all the same. */
  #fails(error: unknown): void {
    if (!this.#lenient || !(error instanceof LakeobsError) || error.code !== 'input') throw error;
    this.#unreadable.push(error);
  }

  /** The key names every file with its inode; null when one vanished while it was looked at.
   * @throws LakeobsError input when nothing at all that was asked for can be read. */
  done(): { listing: Listing; key: string | null } {
    if (this.#files.size === 0 && this.#unreadable[0] !== undefined) throw this.#unreadable[0];
    const found = [...this.#files.values()].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
    // Sorted, a plain segment stands before its .gz, and that before its .zst.
    const segments = new Map<string, string>();
    const copiesUnread: { path: string; readInstead: string }[] = [];
    const files = found.filter(({ path }) => {
      const plain = withoutCompression(path);
      if (activeOf(path) === plain) return true;
      const readInstead = segments.get(plain);
      if (readInstead === undefined) segments.set(plain, path);
      else copiesUnread.push({ path, readInstead });
      return readInstead === undefined;
    });
    const segmentsUnread = new Set<string>();
    for (const path of this.#siblings)
      for (const sibling of segmentsBeside(path, this)) {
        const stamp = reachableStampOf(sibling);
        const plain = withoutCompression(sibling);
        const isRead = stamp === null ? !isLink(sibling) : this.#files.has(keyOf(stamp)) || segments.has(plain);
        if (!isRead) segmentsUnread.add(sibling);
      }
    return {
      listing: {
        files,
        lakes: [...this.#lakes],
        unreadInLake: [...this.#unread].sort(),
        segmentsUnread: [...segmentsUnread].sort(),
        copiesUnread,
        notLogs: [...this.#notLogs].sort().filter((path) => {
          const stamp = reachableStampOf(path);
          return stamp === null || !this.#files.has(keyOf(stamp));
        }),
        nothingIn: this.#nothingIn,
        unreadable: this.#unreadable,
      },
      key: this.#gone ? null : files.map((file) => `${keyOf(file.stamp)} ${file.path}`).join('\n'),
    };
  }
}

function keyOf({ dev, ino }: Stamp): string {
  return `${dev}:${ino}`;
}

async function listPath(path: string, scope: Scope, list: FileList): Promise<void> {
  if (path === '-') {
    list.addStdin();
    return;
  }
  const absolute = resolve(scope.cwd, path);
  if (!existsSync(absolute)) {
    if (/[*?[{]/.test(path)) {
      const matches = await filesMatching(path, scope.cwd, list);
      if (matches.length === 0)
        throw new LakeobsError('input', `no file matches ${path}`, {
          hint: 'Check the pattern; quote it so that the shell does not expand it.',
          path,
        });
      for (const match of matches) {
        list.found({ path: match, origin: 'path', family: null, compression: compressionOf(match), closed: false });
        list.siblings(match);
      }
      return;
    }
    // Between two steps of a rotation an active file has no name for a moment: then its segments are there.
    if (segmentsBeside(absolute, list).length > 0 && (await appears(absolute))) list.gone();
    else throw unreadable(path, whyAbsent(absolute));
    return;
  }
  if (statSync(absolute, { throwIfNoEntry: false })?.isDirectory()) {
    if (isLake(absolute)) listLake(absolute, list);
    else walk(absolute, list);
    return;
  }
  list.found({ path: absolute, origin: 'path', family: null, compression: compressionOf(absolute), closed: false });
  list.siblings(absolute);
}

function listLake(lake: string, list: FileList): void {
  list.lake(lake);
  for (const name of readFolder(lake)) {
    const path = join(lake, name);
    const family = families.find(({ file }) => name === file || parseSegment(join(lake, file), name) !== null);
    if (family !== undefined)
      list.found({
        path,
        origin: 'lake',
        family: family.name,
        compression: compressionOf(name),
        closed: name !== family.file,
      });
    else if ((/\.jsonl(\.gz|\.zst)?$/.test(name) || wasLog.test(name)) && !list.isRoster(path)) list.unread(path);
  }
}

async function listConfigSource(pattern: string, family: FamilyName, scope: Scope, list: FileList): Promise<void> {
  const matches = existsSync(pattern)
    ? statSync(pattern).isDirectory()
      ? walkFiles(pattern, list)
      : [pattern]
    : await filesMatching(...relativeGlob(pattern, scope), list);
  // A pattern may match nothing yet; a plain path that is missing may be a log nobody has written to: its segments are still read.
  const plain = !/[*?[{]/.test(pattern);
  const logs = plain && matches.length === 0 ? [pattern] : matches;
  let found = 0;
  for (const path of logs) {
    if (!plain || existsSync(path) || isLink(path)) {
      list.found({ path, origin: 'config', family, compression: compressionOf(path), closed: false });
      found++;
    }
    for (const segment of segmentsBeside(path, list)) {
      list.found({ path: segment, origin: 'config', family, compression: compressionOf(segment), closed: true });
      found++;
    }
  }
  if (!plain || found > 0) return;
  const why = whyAbsent(pattern);
  if (systemCode(why) !== 'ENOENT') throw unreadable(pattern, why);
  throw new LakeobsError('input', `the config names ${pattern} for ${family}, and it does not exist`, {
    hint: `Correct sources.${family} in ${scope.config.file ?? 'the config'}.`,
    path: pattern,
  });
}

/** A glob of the config, relative to the config's folder: special characters in the folder's own name are no pattern. */
function relativeGlob(pattern: string, { config, cwd }: Scope): [pattern: string, cwd: string] {
  const base = config.file === null ? null : `${dirname(config.file)}/`;
  return base !== null && pattern.startsWith(base) ? [pattern.slice(base.length), base] : [pattern, cwd];
}

/** Files a glob names, sorted; links that lead nowhere among them, so that they are named when they are opened, as in a folder that is walked. The library is
 * loaded when there is a glob, not before: most runs have none. */
async function filesMatching(pattern: string, cwd: string, list: FileList): Promise<string[]> {
  const { glob } = await import('tinyglobby');
  const failures: LakeobsError[] = [];
  const fs = {
    readdir: (folder: string, options: { withFileTypes: true }, done: (error: Error | null, found: Dirent[]) => void) =>
      readdir(folder, options, (error, found) => {
        const gone = ['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '');
        if (error !== null && !gone) failures.push(unreadable(folder, error));
        else if (error !== null && misreadAt(folder) !== undefined) failures.push(notUtf8(folder));
        done(error, found);
      }),
    realpath: (path: string, done: (error: Error | null, real: string) => void) =>
      realpath(path, (error, real) => done(null, error === null ? real : path)),
    stat: (path: string, done: (error: Error | null, look: Stats) => void) =>
      stat(path, (error, look) => (error === null ? done(null, look) : lstat(path, done))),
  };
  const options = { cwd, absolute: true, dot: false, expandDirectories: false, onlyFiles: true };
  const files = await glob(pattern, { ...options, fs: fs as unknown as FileSystemAdapter });
  for (const failure of failures) list.missed(failure);
  return files.sort();
}

function walk(folder: string, list: FileList): void {
  for (const path of walkFiles(folder, list))
    list.found({ path, origin: 'path', family: null, compression: compressionOf(path), closed: false });
}

/** Log files below a folder: no hidden folders, no quarantine, no symbolic links to folders, nothing that is no file (a pipe would be waited for). */
function walkFiles(folder: string, list: FileList): string[] {
  const found: string[] = [];
  for (const name of list.walked(folder)) {
    if (name.startsWith('.') || name === 'quarantine') continue;
    const path = join(folder, name);
    const own = list.look(path);
    if (own === undefined) continue;
    if (own.isDirectory()) found.push(...walkFiles(path, list));
    else if (!isReadable(path, own) || list.isRoster(path)) continue;
    else if (isLogName(name)) found.push(path);
    else if (wasLog.test(name)) list.notLog(path);
  }
  return found;
}

function isLogName(name: string): boolean {
  return logSuffixes.has(extname(withoutCompression(name)));
}

/** The entry of a folder whose name is not UTF-8 and comes back as this path, by which nothing can be opened. */
function misreadAt(path: string): Dirent | undefined {
  if (!path.includes('\ufffd')) return undefined;
  return readdirSync(dirname(path), { withFileTypes: true }).find(({ name }) => name === basename(path));
}

/** A file, or a link to one; a link that leads nowhere counts too, so that it is named when it is opened. */
function isReadable(path: string, own: Stats): boolean {
  if (!own.isSymbolicLink()) return own.isFile();
  try {
    return statSync(path).isFile();
  } catch {
    return true;
  }
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}

function readFolder(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    throw unreadable(folder, error);
  }
}

/** Other files of the log a file belongs to: its closed segments, and the active file when the path is itself a segment. */
function segmentsBeside(path: string, list: FileList): string[] {
  const folder = dirname(path);
  const active = activeOf(path);
  return list
    .folder(folder)
    .filter((name) => parseSegment(active, name) !== null || join(folder, name) === active)
    .map((name) => join(folder, name))
    .filter((sibling) => sibling !== path);
}

/** Waits a moment for a path to come back. */
async function appears(path: string): Promise<boolean> {
  for (let attempt = 0; attempt < 5; attempt++) {
    if (existsSync(path)) return true;
    await new Promise((done) => setTimeout(done, 10));
  }
  return existsSync(path);
}

/** The active file of the log a path belongs to: `session.000003.jsonl.gz` → `session.jsonl`. */
export function activeOf(path: string): string {
  const plain = withoutCompression(path);
  const { stem, ext, dir } = logNames(plain);
  const match = /^(.*)\.\d{6,}$/.exec(stem);
  return match === null ? plain : join(dir, `${match[1]}${ext}`);
}

/** What a source is called in a sentence. */
export function called(path: string): string {
  return path === '-' ? 'standard input' : path;
}

/** How a file is packed, by its name. */
export function compressionOf(path: string): Compression {
  const suffix = extname(path);
  return suffix === '.gz' || suffix === '.zst' ? suffix : '';
}

function withoutCompression(path: string): string {
  const compression = compressionOf(path);
  return compression === '' ? path : path.slice(0, -compression.length);
}

function unreadable(path: string, error: unknown): LakeobsError {
  const missing = systemCode(error) === 'ENOENT';
  const bare = familyNames.includes(basename(path) as FamilyName);
  return new LakeobsError(
    'input',
    missing ? `no such file or folder: ${path}` : `cannot read ${path}: ${reasonOf(error)}`,
    {
      hint: missing
        ? bare
          ? `To read the family ${basename(path)} of a lake, leave the path out and give --lake DIR.`
          : 'Check the path; lakeobs sources lists what a lake holds.'
        : (hints[systemCode(error) ?? ''] ?? 'Check the path.'),
      path,
      cause: error,
    },
  );
}

const hints: Record<string, string> = {
  EACCES: 'Check its permissions, and those of the folders above it.',
  EPERM: 'Check its permissions, and those of the folders above it.',
  EISDIR: 'A log is a file: move the folder, or name what is in it.',
  ENOTDIR: 'A part of the path is a file where a folder should be.',
  ELOOP: 'Check where the link leads.',
};

function notUtf8(path: string): LakeobsError {
  return new LakeobsError('input', `cannot read ${path}: its name is not UTF-8`, {
    hint: 'Rename it.',
    path,
  });
}

/** A pipe in a lake would be waited for until somebody writes to it. */
function noFile(path: string): LakeobsError {
  return new LakeobsError('input', `cannot read ${path}: it is a pipe or a device, not a file`, {
    hint: 'Take it out of the lake; named as a PATH it is read once.',
    path,
  });
}

function noLake(lake: string): LakeobsError {
  const why = whyAbsent(lake);
  if (systemCode(why) !== 'ENOENT') return unreadable(lake, why);
  return new LakeobsError('input', `there is no lake at ${lake}`, {
    hint: 'Name files (lakeobs … ./session.jsonl), point at a lake (--lake DIR or LAKEOBS_LAKE), or start one: lakeobs init.',
    path: lake,
  });
}

/** Whether nobody can tell if it is there. */
function isOutOfReach(path: string): boolean {
  return systemCode(whyAbsent(path)) !== 'ENOENT';
}

/** Why a path is not there for us: missing, or behind something that cannot be passed. */
function whyAbsent(path: string): unknown {
  try {
    statSync(path);
  } catch (error) {
    return error;
  }
  return systemError('ENOENT');
}

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}
