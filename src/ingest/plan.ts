// Which files an ingest takes, and in which order. Decided, and every PATH proven readable, before anything is written.
import { closeSync, existsSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, resolve, sep } from 'node:path';
import { noConfig } from '../catalog/config.ts';
import { listSources, type SourceFile } from '../catalog/sources.ts';
import { LakeobsError } from '../errors.ts';
import { compressionMissing } from './source.ts';

export interface Plan {
  files: readonly SourceFile[];
  /** Things to tell the user. */
  notes: readonly string[];
}

/** Lists PATH arguments: folders walked, sorted by path, each file once by device and inode.
 * @throws LakeobsError input when a PATH is missing, unreadable, or lies in the lake itself. */
export async function planFiles(paths: readonly string[], lake: string, cwd: string): Promise<Plan> {
  const listing = await listSources({ paths, lake, config: noConfig, cwd });
  const home = realOf(lake);
  const inLake = (path: string) => path === home || path.startsWith(home + sep);
  const notes: string[] = [];
  const folders: string[] = [];
  for (const path of paths) {
    const absolute = resolve(cwd, path);
    if (path === '-' || !existsSync(absolute)) continue;
    const real = realOf(absolute);
    if (inLake(real)) throw ownLake(path, lake);
    if (!statSync(absolute).isDirectory()) continue;
    folders.push(real);
    if (!listing.files.some((file) => realOf(file.path).startsWith(real + sep)))
      notes.push(`${path}: no log file in this folder (.jsonl .ndjson .log, plain or .gz .zst)`);
  }
  const own = listing.files.filter((file) => file.path !== '-' && inLake(realOf(file.path)));
  if (own.length > 0) {
    const [first] = own;
    if (!folders.some((folder) => home.startsWith(folder + sep))) throw ownLake(first!.path, lake);
    notes.push(`${lake}: left out, it is the lake itself`);
  }
  for (const path of listing.segmentsUnread)
    notes.push(`${path}: not read; it belongs to a log of which another file was named`);
  for (const path of listing.notLogs)
    notes.push(`${path}: not read; in a folder a log ends in .jsonl, .ndjson or .log, plain, .gz or .zst`);
  for (const { path, readInstead } of listing.copiesUnread)
    notes.push(`${path}: not read; a packed copy of ${readInstead}`);
  const files = listing.files.filter((file) => !own.includes(file));
  for (const file of files) {
    const missing = compressionMissing(file);
    if (missing !== null) throw missing;
  }
  return { files: shorterCopiesFirst(files), notes };
}

/** Sorted by path, but of files that begin alike the shorter first: a copy of a log taken earlier is then known when the longer one comes, and adds nothing twice. */
function shorterCopiesFirst(files: readonly SourceFile[]): SourceFile[] {
  const heads = files
    .map((file, place) => ({ file, place, head: file.stream || file.compression !== '' ? '' : headOf(file) }))
    .filter(({ head }) => head !== '')
    .sort((a, b) => (a.head < b.head ? -1 : a.head > b.head ? 1 : 0));
  const ordered = [...files];
  for (let from = 0; from < heads.length; ) {
    let to = from + 1;
    while (to < heads.length && heads[to]!.head.startsWith(heads[from]!.head)) to += 1;
    const alike = heads.slice(from, to);
    const places = alike.map(({ place }) => place).sort((a, b) => a - b);
    alike.sort((a, b) => a.file.stamp.size - b.file.stamp.size || a.place - b.place);
    for (const [index, { file }] of alike.entries()) ordered[places[index]!] = file;
    from = to;
  }
  return ordered;
}

/** The bytes two files are compared by before anything is known of them. */
const headBytes = 1024;

function headOf(file: SourceFile): string {
  let descriptor: number;
  try {
    descriptor = openSync(file.path, 'r');
  } catch {
    // Gone since it was listed: opening it for real will say so.
    return '';
  }
  try {
    const head = Buffer.alloc(headBytes);
    return head.toString('latin1', 0, readSync(descriptor, head, 0, headBytes, 0));
  } finally {
    closeSync(descriptor);
  }
}

function ownLake(path: string, lake: string): LakeobsError {
  return new LakeobsError('input', `${path} lies in the lake ${lake}: what is there is already there`, {
    hint: 'Name files outside the lake, or another lake with --lake DIR.',
    path,
  });
}

/** The path without symbolic links; of a path that does not exist yet, as much of it as does. A pipe has no path to resolve. */
function realOf(path: string): string {
  const absolute = resolve(path);
  try {
    return realpathSync(absolute);
  } catch {
    const parent = dirname(absolute);
    return parent === absolute || existsSync(absolute) ? absolute : resolve(realOf(parent), basename(absolute));
  }
}
