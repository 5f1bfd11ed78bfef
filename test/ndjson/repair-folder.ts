// Repairs every log file of a folder as the command does, with steps that a test can listen to; and reads what is there as a reader would.
import { existsSync, readdirSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { parseSegment } from '../../src/ndjson/naming.ts';
import type { QuarantineRecord } from '../../src/ndjson/quarantine.ts';
import { endRotation, type FileRepair, repairFile, unfinishedRotation } from '../../src/ndjson/repair.ts';
import { deskOf, openDesk, recover } from '../../src/ndjson/repair-desk.ts';
import { SalvageScanner } from '../../src/ndjson/salvage.ts';

/** The log in the folder is `app.jsonl`. */
export async function repairFolder(
  dir: string,
  step: (name: string) => void = () => {},
  { apply = true, rotates = true }: { apply?: boolean; rotates?: boolean } = {},
): Promise<FileRepair[]> {
  const log = join(dir, 'app.jsonl');
  const desk = deskOf(dir, step);
  const release = apply ? openDesk(desk) : () => {};
  try {
    if (apply) {
      recover(desk);
      if (unfinishedRotation(log) !== null) endRotation(log, desk);
    }
    const done: FileRepair[] = [];
    for (const path of filesOf(dir)) {
      const target = {
        path,
        log,
        compressed: /\.(gz|zst)$/.test(path),
        rotates: rotates && path === log,
        forbidden: null,
      };
      done.push(await repairFile(target, { apply, desk }));
    }
    return done;
  } finally {
    release();
  }
}

/** The log's files, each inode once. */
export function filesOf(dir: string): string[] {
  const inodes = new Set<number>();
  return readdirSync(dir)
    .filter((name) => name === 'app.jsonl' || parseSegment(join(dir, 'app.jsonl'), name) !== null)
    .map((name) => join(dir, name))
    .filter((path) => {
      const { ino } = statSync(path);
      if (inodes.has(ino)) return false;
      inodes.add(ino);
      return true;
    });
}

export interface Seen {
  /** Every record's bytes, sorted. */
  records: string[];
  damaged: number;
}

/** What a reader finds in some bytes. */
export function seenIn(all: readonly Uint8Array[]): Seen {
  const seen: Seen = { records: [], damaged: 0 };
  for (const bytes of all) {
    const scanner = new SalvageScanner({ lineBytesMax: 4 * 1024 * 1024 });
    for (const found of [...scanner.push(bytes), ...scanner.end()])
      if (found.kind === 'record') seen.records.push(Buffer.from(found.bytes).toString());
      else seen.damaged += 1;
  }
  seen.records.sort();
  return seen;
}

export function seenByReaders(dir: string): Seen {
  return seenIn(filesOf(dir).map((path) => readFileSync(path)));
}

/** Bytes of every quarantined range, as latin1 text, sorted. */
export function quarantined(dir: string): string[] {
  const folder = join(dir, 'quarantine');
  if (!existsSync(folder)) return [];
  const ranges: string[] = [];
  for (const name of readdirSync(folder).filter((found) => found.endsWith('.jsonl')))
    for (const line of readFileSync(join(folder, name), 'utf8').trim().split('\n')) {
      const record = JSON.parse(line) as QuarantineRecord;
      const bytes = Buffer.from(record.raw, record.encoding === 'utf8' ? 'utf8' : 'base64').toString('latin1');
      if ((record.piece ?? 1) > 1) ranges.push(ranges.pop()! + bytes);
      else ranges.push(bytes);
    }
  return ranges.sort();
}

/** Files as they were before they were mended. */
export function originals(dir: string): Buffer[] {
  const folder = join(dir, 'quarantine', 'original');
  return existsSync(folder) ? readdirSync(folder).map((name) => readFileSync(join(folder, name))) : [];
}

/** Makes a file look as if nobody had written to it for an hour. */
export function rest(path: string): void {
  const hourAgo = Date.now() / 1000 - 3_600;
  utimesSync(path, hourAgo, hourAgo);
}
