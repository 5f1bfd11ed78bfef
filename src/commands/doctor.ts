// `lakeobs doctor`: what is wrong with the lake or the given files, and what to do about each. Exit 1 when something is to mend; notes do not decide.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  examineChains,
  examineFiles,
  examineLogs,
  type Finding,
  found,
  logFilesIn,
  unreadableIn,
} from '../catalog/doctor.ts';
import type { RosterSource } from '../catalog/roster.ts';
import { isLake, type Listing, listSources, type Scope } from '../catalog/sources.ts';
import { foldersLeftBehind } from '../catalog/temporary.ts';
import { cacheFolderOf } from '../catalog/user-folders.ts';
import { indexFindings } from '../columnar/health.ts';
import { EXIT, LakeobsError } from '../errors.ts';
import { draftPrefix } from '../ingest/lock.ts';
import { storeOf } from '../ingest/store.ts';
import { isRunning } from '../ndjson/process-life.ts';
import { type RunOptions, rosterSummary, withRun } from '../query/run.ts';
import { count, counted, humanBytes } from '../render/figures.ts';
import { formatNames } from '../render/format.ts';
import { renderTable } from '../render/formats.ts';
import { jsonDocument } from '../render/json-text.ts';
import { visible } from '../render/visible.ts';
import { formatAsked } from './agent.ts';
import type { Io } from './io.ts';
import { mustBePath, oneOf, type ReadOptions, runOptionsOf } from './options.ts';
import { startProgress } from './progress.ts';

export interface DoctorOptions extends ReadOptions {
  verify?: boolean;
  format?: string;
}

export async function runDoctor(paths: readonly string[], options: DoctorOptions, io: Io): Promise<number> {
  const format = oneOf('--format', formatAsked(options.format, io) ?? 'table', formatNames);
  for (const path of paths) mustBePath(path);
  if (paths.includes('-'))
    throw new LakeobsError('usage', 'doctor looks at files, not at standard input', { hint: 'Name the files.' });
  const run = await runOptionsOf(options, paths, io);
  const lakes = lakesOf(run.scope);
  const unreadable = lakes.flatMap(unreadableIn);
  const scope = without(unreadable, run.scope);
  const words = [...paths, ...(options.lake === undefined ? [] : ['--lake', options.lake])];
  const examine = { scope: words.length === 0 ? '' : ` ${words.join(' ')}`, signal: io.signal };
  const progress = startProgress('doctor', 'bytes', options.quiet !== true, io);
  const findings: Finding[] = [...unreadable];
  let listing: Listing;
  let records = 0;
  try {
    listing = await listSources(scope);
    const files = listing.files.filter(({ stream }) => !stream);
    const bytes = listing.files.reduce((sum, { stamp }) => sum + stamp.size, 0);
    const examined = await examineFiles(files, { ...examine, onProgress: (done) => progress.tick(done, bytes) });
    records = examined.records;
    findings.push(...examined.findings, ...examineLogs(files, examine));
    for (const lake of lakes) findings.push(...stagingFindings(lake));
    if (options.verify === true) findings.push(...examineChains(files));
    findings.push(
      ...indexFindings(listing, { ...examine, cacheFolder: cacheFolderOf(io.env), now: io.now().getTime() }),
    );
    if (run.scope.roster !== undefined) findings.push(await rosterFinding(run.scope.roster, run, io));
    findings.push(
      ...(await problemFindings({ ...run, scope }, io)),
      ...unreadFindings(listing, new Set(unreadable.map(({ file }) => file))),
      ...temporaryFindings(io.now().getTime()),
    );
  } finally {
    progress.stop();
  }
  const bytes = listing.files.reduce((sum, { stamp }) => sum + stamp.size, 0);
  const toMend = findings.filter(({ level }) => level === 'mend').length;
  const exitCode = toMend > 0 ? EXIT.findings : EXIT.fine;
  const scanned = { files: listing.files.length, bytes, records };
  if (format === 'json')
    await io.stdout(
      `${jsonDocument({ schema: 'lakeobs.doctor.v1', exit_code: exitCode, to_mend: toMend, notes: findings.length - toMend, scanned, findings }, 2)}\n`,
    );
  else if (format === 'table') await io.stdout(textOf(findings, toMend, scanned));
  else await io.stdout(renderTable(tableOf(findings), format));
  return exitCode;
}

/** The lakes this run looks at. */
function lakesOf({ paths, lake, cwd }: Scope): string[] {
  const folders = paths.length === 0 ? [lake] : paths.map((path) => resolve(cwd, path));
  return folders.filter((folder) => {
    try {
      return existsSync(folder) && isLake(folder);
    } catch {
      return false;
    }
  });
}

/** The same scope without files that cannot be read: each file of the lakes by its own name. */
function without(unreadable: readonly Finding[], scope: Scope): Scope {
  if (unreadable.length === 0) return scope;
  const bad = new Set(unreadable.map(({ file }) => file));
  const paths = (scope.paths.length === 0 ? [scope.lake] : scope.paths).flatMap((path) => {
    const folder = resolve(scope.cwd, path);
    if (!lakesOf({ ...scope, paths: [path] }).includes(folder)) return [path];
    return logFilesIn(folder).filter((file) => !bad.has(file));
  });
  return paths.length === 0 ? { ...scope, nothing: true } : { ...scope, paths };
}

/** What an ingest that was killed has left in a lake; while one runs that is no finding. */
function stagingFindings(lake: string): Finding[] {
  const { staging, lock } = storeOf(lake);
  const files = existsSync(staging) ? readdirSync(staging).filter((name) => !name.startsWith(draftPrefix)) : [];
  if (files.length === 0) return [];
  const running = isAtWork(lock);
  return [
    found(running ? 'note' : 'mend', 'unfinished-ingest', staging, {
      count: files.length,
      message: running
        ? `an ingest is at work: ${counted(files.length, 'file')} on the way into the lake`
        : `an ingest was stopped: ${counted(files.length, 'file')} it had staged`,
      next: running ? '' : `The next ingest ends it; at once: lakeobs ingest - --lake ${lake} </dev/null`,
    }),
  ];
}

function isAtWork(lock: string): boolean {
  try {
    const { pid } = JSON.parse(readFileSync(lock, 'utf8')) as { pid: unknown };
    return Number.isSafeInteger(pid) && isRunning(pid as number);
  } catch {
    return false;
  }
}

/** Problems per column, counted by the view that every query sees. The lines stay in the files, which takes half the memory; only if one of them grows meanwhile
 * are they read into memory. */
async function problemFindings(run: Awaited<ReturnType<typeof runOptionsOf>>, io: Io): Promise<Finding[]> {
  try {
    return await countProblems({ ...run, wideScanBytesMax: 0 }).catch((error: unknown) => {
      if (error instanceof LakeobsError && error.code === 'input' && !io.signal.aborted) return countProblems(run);
      throw error;
    });
  } catch (error) {
    if (!(error instanceof LakeobsError) || io.signal.aborted) throw error;
    return [
      found('mend', 'unreadable', error.path ?? run.scope.lake, {
        message: `problems per column could not be counted: ${error.message}`,
        next: error.hint ?? '',
      }),
    ];
  }
}

async function countProblems(run: RunOptions): Promise<Finding[]> {
  const sql = 'SELECT source_file, column_name, reason, count FROM problems WHERE column_name IS NOT NULL ORDER BY ALL';
  return withRun([{ sql, params: {} }], run, async ({ stream }) => {
    const findings: Finding[] = [];
    for await (const rows of (await stream(0)).chunks)
      for (const [file, column, reason, times] of rows)
        findings.push(
          found('note', 'problem', String(file), {
            count: Number(times),
            message: `${column}: ${reason} (${counted(Number(times), 'record')})`,
            next: '',
          }),
        );
    return findings;
  });
}

/** What is in the roster, or why it cannot be read: checks that need it are then no gate. */
async function rosterFinding(roster: RosterSource, run: RunOptions, io: Io): Promise<Finding> {
  try {
    const { ids, column, duplicates, empty } = await rosterSummary(roster, run);
    const parts = [
      `the roster: ${counted(ids, 'id')}${column === null ? '' : ` in ${column}`}`,
      ...(duplicates > 0 ? [counted(duplicates, 'duplicate')] : []),
      ...(empty > 0 ? [`${count(empty)} empty`] : []),
    ];
    return found(ids === 0 ? 'mend' : 'note', 'roster', roster.file, {
      count: ids,
      message: parts.join(', '),
      next: ids === 0 ? 'Write the ids into it: over an empty roster no check that needs one is judged.' : '',
    });
  } catch (error) {
    if (!(error instanceof LakeobsError) || io.signal.aborted) throw error;
    return found('mend', 'roster', roster.file, { message: error.message, next: error.hint ?? '' });
  }
}

function unreadFindings(listing: Listing, named: ReadonlySet<string>): Finding[] {
  const { unreadInLake, segmentsUnread, copiesUnread, notLogs, files } = listing;
  return [
    ...notLogs.map((file) =>
      found('note', 'unread', file, {
        message: 'nobody reads it: in a folder a log ends in .jsonl, .ndjson or .log, plain, .gz or .zst',
        next: 'Name it as well, or rename it.',
      }),
    ),
    ...unreadInLake.map((file) =>
      found('note', 'unread', file, {
        message: 'nobody reads it: a lake holds <family>.jsonl and its segments',
        next: 'To take it in: move it out of the lake, then lakeobs ingest FILE.',
      }),
    ),
    ...segmentsUnread
      .filter((file) => !named.has(file))
      .map((file) =>
        found('note', 'unread', file, {
          message: 'a segment of a log that was named by one file; not looked at',
          next: 'Name it too, or the folder.',
        }),
      ),
    ...copiesUnread.map(({ path, readInstead }) =>
      found('note', 'unread', path, {
        message: `a packed copy of ${readInstead}, which is read`,
        next: 'Keep one of the two.',
      }),
    ),
    ...files
      .filter(({ stream }) => stream)
      .map(({ path }) => found('note', 'unread', path, { message: 'a pipe or device: not looked at', next: '' })),
  ];
}

/** What runs that were killed could not take with them. */
function temporaryFindings(now: number): Finding[] {
  return foldersLeftBehind(now).map(({ path, bytes }) =>
    found('note', 'left-behind', path, {
      message: `private copies and spill of a run that was killed: ${humanBytes(bytes)}`,
      next: `If no lakeobs runs in another container with this TMPDIR: rm -r ${path}`,
    }),
  );
}

function tableOf(findings: readonly Finding[]) {
  const columns = ['level', 'kind', 'file', 'line', 'byte_offset', 'byte_length', 'count', 'message', 'next'] as const;
  return {
    columns: columns.map((name) => ({
      name,
      type: ['line', 'byte_offset', 'byte_length', 'count'].includes(name) ? 'BIGINT' : 'VARCHAR',
    })),
    rows: findings.map((finding) => columns.map((column) => finding[column])),
  };
}

function textOf(
  findings: readonly Finding[],
  toMend: number,
  scanned: { files: number; bytes: number; records: number },
): string {
  const byFile = new Map<string, Finding[]>();
  for (const finding of findings) byFile.set(finding.file, [...(byFile.get(finding.file) ?? []), finding]);
  const lines: string[] = [];
  for (const [file, all] of byFile) {
    lines.push(visible(file));
    for (const level of ['mend', 'note'] as const) {
      const own = all.filter((finding) => finding.level === level);
      const shown = own.slice(0, findingsShown);
      for (const finding of shown) lines.push(`  ${level}  ${placeOf(finding)}${visible(finding.message)}`);
      if (own.length > shown.length)
        lines.push(`  ${level}  … and ${count(own.length - shown.length)} more: --format json has them`);
      for (const next of new Set(own.map((finding) => finding.next)))
        if (next !== '') lines.push(`        → ${visible(next)}`);
    }
  }
  const what = `${counted(scanned.files, 'file')}, ${humanBytes(scanned.bytes)}, ${counted(scanned.records, 'record')}`;
  const notes = findings.length - toMend;
  lines.push(
    `${toMend === 0 ? 'nothing to mend' : `${count(toMend)} to mend`}${notes > 0 ? `, ${counted(notes, 'note')}` : ''} in ${what}`,
  );
  return `${lines.join('\n')}\n`;
}

function placeOf({ line, byte_offset, byte_length }: Finding): string {
  const parts = [
    ...(line === null ? [] : [`line ${count(line)}`]),
    ...(byte_offset === null ? [] : [`byte ${count(byte_offset)}`]),
    ...(byte_length === null || byte_length === 0 ? [] : [counted(byte_length, 'byte')]),
  ];
  return parts.length === 0 ? '' : `${parts.join(', ')}: `;
}

/** Findings of one level a person sees of one file. */
const findingsShown = 10;
