// Reads a log the way its users do: segments by number, then the active file; says what is a record and what is not.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parseSegment, segmentsAmong } from '../../src/ndjson/naming.ts';
import type { FaultDisk } from './fault-storage.ts';

export interface Audit {
  /** Records in file order, parsed. */
  records: Record<string, unknown>[];
  /** Lines that are not records, and unterminated tails. */
  broken: string[];
}

/** Splits the text of one file. */
export function auditText(text: string): Audit {
  const audit: Audit = { records: [], broken: [] };
  for (const line of text.split('\n')) {
    if (line === '') continue;
    try {
      audit.records.push(JSON.parse(line) as Record<string, unknown>);
    } catch {
      audit.broken.push(line);
    }
  }
  return audit;
}

/** All of a log on a simulated disk. */
export function auditDisk(disk: FaultDisk, path: string): Audit {
  const dir = path.slice(0, path.lastIndexOf('/'));
  const names = disk
    .paths()
    .filter((one) => one.startsWith(`${dir}/`))
    .map((one) => one.slice(dir.length + 1));
  const files = segmentsAmong(path, names).map(({ fileName }) => `${dir}/${fileName}`);
  if (disk.paths().includes(path) && parseSegment(path, path.slice(dir.length + 1)) === null) files.push(path);
  return joined(files.map((file) => auditText(disk.text(file))));
}

/** All of a log on the real disk. */
export function auditDir(path: string): Audit {
  const dir = dirname(path);
  const names = readdirSync(dir);
  const files = segmentsAmong(path, names).map(({ fileName }) => join(dir, fileName));
  if (names.includes(basename(path))) files.push(path);
  return joined(files.map((file) => auditText(readFileSync(file, 'utf8'))));
}

function joined(parts: readonly Audit[]): Audit {
  return { records: parts.flatMap(({ records }) => records), broken: parts.flatMap(({ broken }) => broken) };
}
