// How much memory a process that runs free SQL may take: DuckDB's own limit, which does not count what string functions allocate, and a fixed sum beside it.
import { totalmem } from 'node:os';
import { besideMemoryLimitBytes, duckdbMemoryShare, machineMemoryShare } from '../limits.ts';

/** Bytes of the whole process for a memory limit as --memory takes it; absent: DuckDB's default. */
export function processBytesOf(memory: string | undefined): number {
  const machine = machineBytes();
  const limit = memory === undefined ? machine * duckdbMemoryShare : bytesOf(memory);
  return Math.floor(Math.min(limit + besideMemoryLimitBytes, machine * machineMemoryShare));
}

/** What there is, or what a container leaves of it. */
function machineBytes(): number {
  const constrained = process.constrainedMemory() ?? 0;
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}

/** `2GiB`, `512 MB`, `100B` in bytes, by DuckDB's rules: GB are thousands, GiB are 1,024s. */
function bytesOf(size: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([KMGT]?)(i?)B$/i.exec(size.trim());
  if (match === null) return Number.POSITIVE_INFINITY;
  const [, number, letter, binary] = match as unknown as [string, string, string, string];
  return Number(number) * (binary === '' ? 1000 : 1024) ** ' KMGT'.indexOf(letter === '' ? ' ' : letter.toUpperCase());
}
