// `lakeobs index`: builds, verifies or tidies the columnar copies of the logs (docs/index.md).
import { resolve } from 'node:path';
import { type Listing, listSources, type Scope } from '../catalog/sources.ts';
import { cacheFolderOf } from '../catalog/user-folders.ts';
import { buildIndex, type IndexedFile } from '../columnar/build-index.ts';
import { Shelves } from '../columnar/shelves.ts';
import { type Leftover, leftoversOn, removeLeftovers } from '../columnar/tidy.ts';
import { verifyIndex } from '../columnar/verify-index.ts';
import { EXIT, LakeobsError } from '../errors.ts';
import { indexThreads } from '../limits.ts';
import { withEngine } from '../query/run.ts';
import { failureText } from '../render/failure.ts';
import { counted, humanBytes } from '../render/figures.ts';
import { type FormatName, formatNames } from '../render/format.ts';
import type { Row } from '../result.ts';
import { formatAsked } from './agent.ts';
import { type Io, wantsColor } from './io.ts';
import { listingNotes } from './notes.ts';
import { mustBePath, oneOf, type ReadOptions, runOptionsOf } from './options.ts';
import { startProgress } from './progress.ts';

export interface IndexCommandOptions extends ReadOptions {
  prune?: boolean;
  verify?: boolean;
  format?: string;
}

export async function runIndex(paths: readonly string[], options: IndexCommandOptions, io: Io): Promise<number> {
  for (const path of paths) mustBePath(path);
  if (options.prune === true && options.verify === true)
    throw new LakeobsError('usage', '--prune and --verify are two runs', { hint: 'Verify first, then prune.' });
  const format = oneOf('--format', formatAsked(options.format, io) ?? 'table', formatNames);
  const run = await runOptionsOf(options, paths, io);
  const listing = await listSources(run.scope);
  if (options.quiet !== true) for (const note of listingNotes(listing)) io.stderr(`lakeobs: ${note}\n`);
  if (options.prune === true) return prune(listing, run.scope, format, options, io);
  return options.verify === true ? verify(listing, run, format, options, io) : build(listing, run, format, options, io);
}

/** Indexes what a run has just read, after its answer: config `index.auto`. Trouble is a note, never the run's exit code. */
export async function indexAfterwards(paths: readonly string[], options: ReadOptions, io: Io): Promise<void> {
  const run = await runOptionsOf(options, paths, io);
  if (!run.scope.config.indexAuto || run.cacheFolder === undefined) return;
  try {
    const { packsFailed } = await buildAll(await listSources(run.scope), run, options, io);
    for (const { message } of packsFailed) io.stderr(`lakeobs: ${message}\n`);
  } catch (error) {
    if (!(error instanceof LakeobsError) || io.signal.aborted) throw error;
    io.stderr(`lakeobs: the index was not built: ${error.message}\n`);
  }
}

type Run = Awaited<ReturnType<typeof runOptionsOf>>;

async function build(
  listing: Listing,
  run: Run,
  format: FormatName,
  options: IndexCommandOptions,
  io: Io,
): Promise<number> {
  const started = Date.now();
  const { results, packsFailed } = await buildAll(listing, run, options, io);
  const notable = results.filter((result) => result.added_bytes > 0 || result.reason !== '');
  await print(
    ['file', 'bytes', 'indexed_bytes', 'added_bytes', 'pieces', 'parquet_bytes', 'reason'],
    format === 'table' ? notable : results,
    format,
    options,
    io,
  );
  if (options.quiet !== true) io.stderr(`lakeobs: ${builtWords(results, Date.now() - started)}\n`);
  for (const failure of packsFailed) io.stderr(failureText(failure));
  return packsFailed.length > 0 || results.some(({ failed }) => failed) ? EXIT.failed : EXIT.fine;
}

async function buildAll(
  { files }: Listing,
  run: Run,
  options: ReadOptions,
  io: Io,
): Promise<{ results: IndexedFile[]; packsFailed: LakeobsError[] }> {
  const progress = startProgress('index', 'bytes', options.quiet !== true, io);
  const total = bytesOf(files);
  const packsFailed: LakeobsError[] = [];
  try {
    const results = await withEngine(
      { ...run, onProgress: undefined, threads: run.threads ?? indexThreads },
      (engine, scratch, signal) =>
        buildIndex(engine, files, {
          scratch,
          signal,
          cacheFolder: cacheFolderOf(io.env),
          memory: run.memory,
          onProgress: (done) => progress.tick(done, total),
          onPacksFailed: (failure) => packsFailed.push(failure),
        }),
    );
    return { results, packsFailed };
  } finally {
    progress.stop();
  }
}

function bytesOf(files: Listing['files']): number {
  return files.reduce((sum, { stamp }) => sum + stamp.size, 0);
}

function builtWords(results: readonly IndexedFile[], ms: number): string {
  const sum = (of: (result: IndexedFile) => number) => results.reduce((total, result) => total + of(result), 0);
  const bytes = sum((result) => result.bytes);
  const indexed = sum((result) => result.indexed_bytes);
  const added = sum((result) => result.added_bytes);
  const took = added === 0 ? '' : ` in ${(ms / 1000).toFixed(1)} s`;
  return `${counted(results.length, 'file')}, ${humanBytes(bytes)}: ${humanBytes(indexed)} indexed as ${humanBytes(sum((result) => result.parquet_bytes))} of Parquet, ${humanBytes(added)} of it new${took}`;
}

async function verify(
  listing: Listing,
  run: Run,
  format: FormatName,
  options: IndexCommandOptions,
  io: Io,
): Promise<number> {
  const progress = startProgress('verify', 'bytes', options.quiet !== true, io);
  const total = bytesOf(listing.files);
  try {
    const results = await withEngine({ ...run, onProgress: undefined }, (engine, scratch, signal) =>
      verifyIndex(engine, listing.files, {
        scratch,
        signal,
        cacheFolder: cacheFolderOf(io.env),
        onProgress: (done) => progress.tick(done, total),
      }),
    );
    progress.stop();
    const wrong = results.filter(({ reason }) => reason !== '');
    await print(
      ['file', 'bytes', 'verified_bytes', 'dropped_bytes', 'reason'],
      format === 'table' ? wrong : results,
      format,
      options,
      io,
    );
    if (options.quiet !== true) {
      const verified = results.reduce((sum, { verified_bytes }) => sum + verified_bytes, 0);
      io.stderr(
        `lakeobs: ${humanBytes(verified)} of ${humanBytes(total)} are in the index and hold; ${wrong.length === 0 ? 'nothing differs' : `${counted(wrong.length, 'file')} did not: lakeobs index makes anew what was taken out`}\n`,
      );
    }
    return wrong.length === 0 ? EXIT.fine : EXIT.findings;
  } finally {
    progress.stop();
  }
}

async function prune(
  { files }: Listing,
  { paths, lake, cwd }: Scope,
  format: FormatName,
  options: IndexCommandOptions,
  io: Io,
): Promise<number> {
  const lakes = paths.length === 0 ? [lake] : paths.map((path) => resolve(cwd, path));
  const now = io.now().getTime();
  const removed: Leftover[] = [];
  let left = 0;
  for (const shelf of new Shelves(cacheFolderOf(io.env)).shelvesOf(files, lakes)) {
    const found = leftoversOn(shelf, now);
    const gone = removeLeftovers(shelf, found, now);
    removed.push(...gone);
    left += found.length - gone.length;
  }
  await print(
    ['path', 'bytes', 'why'],
    removed.map((one) => ({ ...one, why: whyWords[one.kind] })),
    format,
    options,
    io,
  );
  if (options.quiet !== true) {
    const stay =
      left === 0 ? '' : `; ${counted(left, 'leftover')} stay: in use by another lakeobs, or not yours to remove`;
    io.stderr(
      `lakeobs: ${counted(removed.length, 'leftover')} removed, ${humanBytes(removed.reduce((sum, { bytes }) => sum + bytes, 0))} free${stay}\n`,
    );
  }
  return EXIT.fine;
}

/** Why a part of the index is of no use. */
export const whyWords: Record<Leftover['kind'], string> = {
  'log-gone': 'its log is gone',
  'other-rules': 'made by another version, or never finished',
  replaced: 'replaced by a newer piece',
  draft: 'left by a run that was stopped',
};

async function print<T extends object>(
  columns: readonly (keyof T & string)[],
  objects: readonly T[],
  format: FormatName,
  options: IndexCommandOptions,
  io: Io,
): Promise<void> {
  if (format === 'table' && objects.length === 0) return;
  const rows: Row[] = objects.map((object) => columns.map((column) => object[column] as Row[number]));
  const types = columns.map((name) => ({
    name,
    type: ['file', 'path', 'reason', 'why'].includes(name) ? 'VARCHAR' : 'BIGINT',
  }));
  const { renderTable } = await import('../render/formats.ts');
  await io.stdout(
    renderTable({ columns: types, rows }, format, { width: io.width, color: wantsColor(io, options.color) }),
  );
}
