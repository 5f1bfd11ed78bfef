// `lakeobs tail`: the newest records of the logs, and with -f those that come.
import { closeSync, openSync, readSync } from 'node:fs';
import { openScratch } from '../catalog/scratch.ts';
import { called, type Listing, listSources, type SourceFile } from '../catalog/sources.ts';
import { EXIT, LakeobsError } from '../errors.ts';
import { lineCountBytesMax, movingRetriesMax, scanChunkBytes, tailRecordsDefault } from '../limits.ts';
import { processBytesOf } from '../query/process-memory.ts';
import { counted } from '../render/figures.ts';
import { escapeHidden } from '../render/json-text.ts';
import { recordLine } from '../render/record-line.ts';
import { visible } from '../render/visible.ts';
import type { FamilyName } from '../schema/family.ts';
import { follow } from '../timeline/follow.ts';
import type { Item } from '../timeline/item.ts';
import { type Choose, type Newest, newest } from '../timeline/newest.ts';
import { withWhere } from '../timeline/where.ts';
import { familyNamed } from './family-named.ts';
import { type Io, wantsColor } from './io.ts';
import { listingNotes } from './notes.ts';
import { isPathArgument, mustBePath, oneOf, type ReadOptions, runOptionsOf, wholeNumber } from './options.ts';

export interface TailOptions extends ReadOptions {
  lines?: string;
  follow?: boolean;
  where?: string;
  format?: string;
}

type Run = Awaited<ReturnType<typeof runOptionsOf>>;

export async function runTail(args: readonly string[], options: TailOptions, io: Io): Promise<number> {
  // A condition is free SQL.
  if (options.where !== undefined && io.supervision !== 'here') return io.supervision.again();
  const [first] = args;
  const family = first === undefined || isPathArgument(first) ? null : familyNamed(first);
  const paths = family === null ? args : args.slice(1);
  for (const path of paths) mustBePath(path);
  const format = oneOf('--format', options.format ?? 'text', ['text', 'jsonl'] as const);
  const records = options.lines === undefined ? tailRecordsDefault : wholeNumber('-n', options.lines, 0);
  const run = await runOptionsOf(options, paths, io);
  const asked = { family, records, follow: options.follow === true, sinceMs: run.since?.getTime() };
  const print = printer(format, options, io);
  if (options.where === undefined) return tail(asked, run, undefined, print, options, io);
  if (family === null)
    throw new LakeobsError('usage', '--where needs a family: its condition is about the columns of that family', {
      hint: 'Write: lakeobs tail session --where "model = \'x\'".',
    });
  return withWhere(options.where, family, { ...run, processBytesMax: processBytesOf(undefined) }, (choose) =>
    tail(asked, run, choose, print, options, io),
  );
}

interface Asked {
  family: FamilyName | null;
  records: number;
  follow: boolean;
  sinceMs: number | undefined;
}

async function tail(
  { family, records, follow: following, sinceMs }: Asked,
  run: Run,
  where: Choose | undefined,
  print: (items: readonly Item[]) => Promise<void>,
  options: TailOptions,
  io: Io,
): Promise<number> {
  const note = (text: string) => {
    if (options.quiet !== true) io.stderr(`lakeobs: ${visible(text)}\n`);
  };
  // In a lake the name says whose log it is; a file that was named is looked into.
  const wanted = (file: SourceFile) => family === null || file.family === null || file.family === family;
  const choose = chooser(family, where);
  const begun = await begin(run, following, wanted, { records, sinceMs, choose }, io);
  if (begun !== null) {
    for (const text of listingNotes(begun.listing)) note(text);
    await print(begun.items);
  }
  if (!following) return EXIT.fine;
  const { listing = null, seen = new Map() } = begun ?? {};
  for await (const items of follow({ scope: run.scope, wanted, listing, seen, signal: io.signal, onNote: note })) {
    const young = items.filter(({ tsMs }) => tsMs === null || sinceMs === undefined || tsMs >= sinceMs);
    await print(choose === undefined ? young : await choose(young));
  }
  return EXIT.interrupted;
}

/** The newest records; null when there is nothing yet and somebody waits for it. */
async function begin(
  { scope }: Run,
  following: boolean,
  wanted: (file: SourceFile) => boolean,
  choice: { records: number; sinceMs: number | undefined; choose: Choose | undefined },
  io: Io,
): Promise<(Newest & { listing: Listing }) | null> {
  for (let attempt = 0; ; attempt++) {
    let listing: Listing;
    try {
      listing = await listSources(scope);
    } catch (error) {
      if (following && error instanceof LakeobsError && error.code === 'input') return null;
      throw error;
    }
    const files = listing.files.filter(wanted);
    const stream = files.find((file) => file.stream);
    if (following && stream !== undefined)
      throw new LakeobsError('usage', `${called(stream.path)} cannot be followed`, {
        hint: 'Leave -f out, or name a file.',
      });
    if (files.length === 0 && !following)
      throw new LakeobsError('input', 'there is no log to read', {
        hint: 'lakeobs sources lists what is read; -f waits for a log to appear.',
      });
    const scratch = openScratch();
    try {
      const found = await newest(files, { ...choice, scratch, holdTail: following, signal: io.signal });
      // A log that was rotated in between may have been read twice, or not at all: once more.
      const moved = files.some(({ path, stamp }) => {
        const seen = found.seen.get(path);
        return (
          stamp.ino !== 0n && seen !== undefined && !isCopy(path) && (seen.dev !== stamp.dev || seen.ino !== stamp.ino)
        );
      });
      if (!moved || attempt >= movingRetriesMax) return { ...found, listing };
    } finally {
      scratch.dispose();
    }
  }
}

/** What is packed is read through a copy, which is another file. */
function isCopy(path: string): boolean {
  return /\.(gz|zst)$/.test(path);
}

/** Records of the family that meet the condition; and damage, unless there is a condition, which no damage meets. */
function chooser(family: FamilyName | null, where: Choose | undefined): Choose | undefined {
  if (where !== undefined) return where;
  if (family === null) return undefined;
  return async (items) =>
    items.filter((item) => item.damage !== null || item.family === family || item.family === null);
}

function printer(format: 'text' | 'jsonl', options: TailOptions, io: Io): (items: readonly Item[]) => Promise<void> {
  const color = wantsColor(io, options.color);
  return async (items) => {
    let text = '';
    for (const item of items) {
      if (format === 'text') text += recordLine(item, { width: io.width, color, lineOf: lineNumber });
      else if (item.damage === null) text += `${io.isTTY ? escapeHidden(item.text) : item.text}\n`;
      else {
        const line = lineNumber(item);
        const place = `${line === null ? '' : `line ${line}, `}byte ${item.byteOffset}`;
        io.stderr(
          `lakeobs: ${visible(item.file)}: ${place}: ${counted(item.byteLength, 'byte')} that are no record: ${item.damage.message}\n`,
        );
      }
    }
    await io.stdout(text);
  };
}

/** Number of the line an item stands in: the newlines in front of it, as far as they can be counted in a blink. */
function lineNumber({ file, byteOffset }: Item): number | null {
  if (byteOffset > lineCountBytesMax || isCopy(file)) return null;
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return null;
  }
  try {
    const chunk = Buffer.allocUnsafe(scanChunkBytes);
    let line = 1;
    for (let at = 0; at < byteOffset; ) {
      const taken = readSync(descriptor, chunk, 0, Math.min(chunk.length, byteOffset - at), at);
      if (taken === 0) return null;
      for (let newline = chunk.indexOf(10); newline >= 0 && newline < taken; newline = chunk.indexOf(10, newline + 1))
        line++;
      at += taken;
    }
    return line;
  } finally {
    closeSync(descriptor);
  }
}
