// Which other processes have a file open for writing? Repair asks before it puts a mended file in another's place: who holds the old one would go on writing there.
// Knows what /proc shows: on Linux, processes of this user (all of them for root). Elsewhere, and about other users, it knows nothing and says so by finding nobody.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import type { FileState } from './storage.ts';

export interface Holder {
  pid: number;
  /** The process's own name; '' when it is gone meanwhile. */
  name: string;
}

/** Processes other than this one that hold the file open for writing. Never throws. */
export function writersOf(file: Pick<FileState, 'dev' | 'ino'>): Holder[] {
  return namesIn('/proc').flatMap((pid) =>
    /^\d+$/.test(pid) && Number(pid) !== process.pid && holds(pid, file)
      ? [{ pid: Number(pid), name: textOf(`/proc/${pid}/comm`).trim() }]
      : [],
  );
}

function holds(pid: string, { dev, ino }: Pick<FileState, 'dev' | 'ino'>): boolean {
  return namesIn(`/proc/${pid}/fd`).some((fd) => {
    try {
      const open = statSync(`/proc/${pid}/fd/${fd}`, { bigint: true });
      return open.ino === ino && open.dev === dev && isForWriting(textOf(`/proc/${pid}/fdinfo/${fd}`));
    } catch {
      return false;
    }
  });
}

/** fdinfo(5): `flags:` is octal; its last digit says 0 read, 1 write, 2 both. */
function isForWriting(info: string): boolean {
  const flags = /^flags:\s*([0-7]+)/m.exec(info);
  return flags !== null && (Number.parseInt(flags[1]!, 8) & 3) !== 0;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
