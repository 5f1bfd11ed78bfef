// `lakeobs repair`: mends damaged logs at rest. A dry run unless --apply. Exit 1 when something is to mend, or could not be mended; 0 when nothing is (left) wrong.
// The lake's own files, and files a PATH names themselves, may be changed; what a folder or the config names outside the lake is only looked at.
import { statSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { activeOf, isLake, listSources, type Scope, type SourceFile } from '../catalog/sources.ts';
import { EXIT, LakeobsError } from '../errors.ts';
import type { Diagnosis } from '../ndjson/diagnosis.ts';
import { logNames, segmentsAmong } from '../ndjson/naming.ts';
import { endRotation, type FileRepair, type RepairTarget, repairFile, unfinishedRotation } from '../ndjson/repair.ts';
import { type Desk, deskOf, leftovers, openDesk, recover } from '../ndjson/repair-desk.ts';
import { diskStorage } from '../ndjson/storage.ts';
import { count, counted, humanBytes } from '../render/figures.ts';
import { jsonDocument } from '../render/json-text.ts';
import { visible } from '../render/visible.ts';
import type { GlobalOptions } from './global-options.ts';
import type { Io } from './io.ts';
import { mustBePath, oneOf, placeOf } from './options.ts';
import { startProgress } from './progress.ts';

export interface RepairCommandOptions extends GlobalOptions {
  apply?: boolean;
  /** Acknowledge what could not be read instead of mending it. */
  accept?: boolean;
  reason?: string;
  format?: string;
}

/** The document of `repair --format json`; the field order is the printed order. */
interface RepairDocument {
  schema: 'lakeobs.repair.v1';
  applied: boolean;
  exit_code: 0 | 1;
  files: number;
  bytes: number;
  /** Only files where something is wrong. */
  repairs: readonly object[];
  /** Rotations that were begun and never ended. */
  rotations: { extra: string; segment: string; done: boolean }[];
  /** What a killed repair had left. */
  leftovers: { files: readonly string[]; done: boolean }[];
}

export async function runRepair(paths: readonly string[], options: RepairCommandOptions, io: Io): Promise<number> {
  const format = oneOf('--format', options.format ?? 'table', ['table', 'json'] as const);
  for (const path of paths) mustBePath(path);
  if (paths.includes('-'))
    throw new LakeobsError('usage', 'standard input cannot be repaired', { hint: 'Name the files.' });
  if (options.accept !== true && options.reason !== undefined)
    throw new LakeobsError('usage', '--reason says why damage is accepted', {
      hint: 'Write: lakeobs repair --accept --reason TEXT.',
    });
  if (options.accept === true) {
    if (options.apply === true)
      throw new LakeobsError('usage', '--apply and --accept are two runs', {
        hint: 'Mend first, look at what was taken out, then accept that.',
      });
    const { runAccept } = await import('./accept.ts');
    return runAccept(paths, { ...options, format }, io);
  }
  const { config, lake } = await placeOf(options, io);
  const scope: Scope = { paths, lake, config, cwd: io.cwd };
  const apply = options.apply === true;
  const document: RepairDocument = {
    schema: 'lakeobs.repair.v1',
    applied: apply,
    exit_code: 0,
    files: 0,
    bytes: 0,
    repairs: [],
    rotations: [],
    leftovers: [],
  };
  const desks = new Desks();
  const done: FileRepair[] = [];
  const progress = startProgress('repair', 'bytes', options.quiet !== true, io);
  try {
    const first = (await listSources(scope)).files.filter(({ stream }) => !stream);
    for (const desk of first.map(({ path }) => desks.of(path))) desks.lookForLeftovers(desk, apply, document);
    endRotations(first, scope, desks, apply, document);
    // Ending a rotation takes a name away.
    const files = apply ? (await listSources(scope)).files.filter(({ stream }) => !stream) : first;
    const total = files.reduce((sum, { stamp }) => sum + stamp.size, 0);
    for (const file of files) {
      io.signal.throwIfAborted();
      const desk = desks.of(file.path);
      const target = targetOf(file, scope);
      const repair = await repairFile(target, {
        apply,
        desk,
        onBegin: () => void desks.open(desk),
        signal: io.signal,
        onProgress: (bytes) => progress.tick(document.bytes + Math.min(bytes, file.stamp.size), total),
      });
      document.files += 1;
      document.bytes += file.stamp.size;
      if (repair.action !== 'none') done.push(repair);
    }
  } finally {
    desks.close();
    progress.stop();
  }
  document.repairs = done.map(rowOf);
  const open =
    done.some(({ action, done: mended }) => !mended || action !== 'mend') ||
    document.rotations.some((rotation) => !rotation.done) ||
    document.leftovers.some((left) => !left.done);
  document.exit_code = open ? EXIT.findings : EXIT.fine;
  await io.stdout(format === 'json' ? `${jsonDocument(document, 2)}\n` : textOf(document, done, paths, options));
  return document.exit_code;
}

/** The folders repair works in, each locked once, when something is to be written there. */
class Desks {
  readonly #desks = new Map<string, Desk>();
  readonly #releases = new Map<Desk, () => void>();
  readonly #looked = new Set<Desk>();

  of(path: string): Desk {
    const dir = dirname(path);
    const desk = this.#desks.get(dir) ?? deskOf(dir);
    this.#desks.set(dir, desk);
    return desk;
  }

  open(desk: Desk): Desk {
    if (!this.#releases.has(desk)) this.#releases.set(desk, openDesk(desk));
    return desk;
  }

  close(): void {
    for (const release of this.#releases.values()) release();
  }

  lookForLeftovers(desk: Desk, apply: boolean, document: RepairDocument): void {
    if (this.#looked.has(desk)) return;
    this.#looked.add(desk);
    const files = leftovers(desk);
    if (files.length === 0) return;
    if (apply) {
      this.open(desk);
      recover(desk);
    }
    document.leftovers.push({ files, done: apply });
  }
}

function endRotations(
  files: readonly SourceFile[],
  scope: Scope,
  desks: Desks,
  apply: boolean,
  document: RepairDocument,
): void {
  for (const log of new Set(
    files.filter((file) => mayChange(file, scope) === null).map(({ path }) => activeOf(path)),
  )) {
    const rotation = unfinishedRotation(log);
    if (rotation === null) continue;
    if (apply) endRotation(log, desks.open(desks.of(log)));
    document.rotations.push({ ...rotation, done: apply && unfinishedRotation(log) === null });
  }
}

function targetOf(file: SourceFile, scope: Scope): RepairTarget {
  const { path } = file;
  const log = activeOf(path);
  const compressed = file.compression !== '';
  return {
    path,
    log,
    compressed,
    rotates: !compressed && path === log && (file.origin === 'lake' || dirname(path) === scope.lake || isRotated(log)),
    forbidden: mayChange(file, scope),
  };
}

function isRotated(log: string): boolean {
  const { dir, chain } = logNames(log);
  return diskStorage.look(chain) !== null || segmentsAmong(log, diskStorage.list(dir)).length > 0;
}

/** Null, or why this file must not be changed. */
function mayChange({ path, origin }: SourceFile, { paths, cwd }: Scope): string | null {
  if (origin === 'lake') return null;
  if (origin === 'config')
    return `the config names it outside the lake: name it to mend it, lakeobs repair --apply ${path}`;
  const walked = paths
    .map((named) => resolve(cwd, named))
    .filter((named) => named !== path && statSync(named, { throwIfNoEntry: false })?.isDirectory() === true)
    .some((folder) => !isLake(folder) && path.startsWith(folder.endsWith(sep) ? folder : folder + sep));
  const named = paths.some((one) => resolve(cwd, one) === path);
  return walked && !named
    ? `it was found in a folder that is no lake: name it to mend it, lakeobs repair --apply ${path}`
    : null;
}

function rowOf({ file, action, done, why, diagnosis, segment, quarantine, original }: FileRepair): object {
  const { records, damaged, damagedBytes, reasons, ranges, gluedLines, tail } = diagnosis;
  return {
    file,
    action,
    done,
    why,
    records,
    damaged,
    damaged_bytes: damagedBytes,
    torn_bytes: tail.state === 'torn' ? tail.byteLength : 0,
    glued_lines: gluedLines,
    reasons,
    ranges: ranges.map(({ line, byteOffset, byteLength, reason, raw }) => ({
      line,
      byte_offset: byteOffset,
      byte_length: byteLength,
      reason,
      raw,
    })),
    segment,
    quarantine,
    original,
  };
}

function textOf(
  document: RepairDocument,
  repairs: readonly FileRepair[],
  paths: readonly string[],
  options: GlobalOptions,
): string {
  const lines: string[] = [];
  for (const { files, done } of document.leftovers)
    lines.push(`${done ? 'ended' : 'would be ended'}: what a killed repair left, ${files.map(visible).join(', ')}`);
  for (const { extra, segment, done } of document.rotations)
    lines.push(
      `${done ? 'ended' : 'would be ended'}: a rotation left ${visible(extra)} and ${visible(segment)} as one file; the segment stays`,
    );
  for (const repair of repairs) lines.push(...repairText(repair));
  const { exit_code, applied } = document;
  const size = `${counted(document.files, 'file')}, ${humanBytes(document.bytes)}`;
  if (repairs.length + document.rotations.length + document.leftovers.length === 0)
    lines.push(`nothing to mend in ${size}`);
  else if (!applied) {
    const mendable =
      repairs.some(({ action }) => action !== 'left') || document.rotations.length + document.leftovers.length > 0;
    const again = ['lakeobs repair --apply', ...paths, ...(options.lake === undefined ? [] : ['--lake', options.lake])];
    lines.push(`${size}; nothing was changed.${mendable ? ` To mend: ${visible(again.join(' '))}` : ''}`);
  } else lines.push(`${size}; ${exit_code === EXIT.fine ? 'everything is mended' : 'something is left, see above'}`);
  return `${lines.join('\n')}\n`;
}

function repairText({ file, action, done, why, diagnosis, segment, quarantine, original }: FileRepair): string[] {
  const verb =
    action === 'left'
      ? 'left as it is'
      : `${done ? '' : action === 'seal' ? 'to seal' : 'to mend'}${done ? (action === 'seal' ? 'sealed' : 'mended') : ''}`;
  const lines = [`${visible(file)}: ${verb}`, `  ${summaryOf(diagnosis)}`];
  const shown = diagnosis.ranges.slice(0, rangesShown);
  for (const { line, byteOffset, byteLength, reason, raw } of shown)
    lines.push(
      `  line ${count(line)}, byte ${count(byteOffset)}: ${counted(byteLength, 'byte')} ${reason}: ${visible(raw.slice(0, rawShown))}`,
    );
  if (diagnosis.damaged > shown.length)
    lines.push(`  … and ${counted(diagnosis.damaged - shown.length, 'more range', 'more ranges')}`);
  if (why !== null) lines.push(`  ${visible(why)}`);
  if (segment !== null) lines.push(`  now ${visible(segment)}`);
  if (quarantine !== null) lines.push(`  what was taken out: ${visible(quarantine)}`);
  if (original !== null) lines.push(`  the file as it was: ${visible(original)}`);
  return lines;
}

function summaryOf({ records, damaged, damagedBytes, gluedLines }: Diagnosis): string {
  const parts = [
    ...(damaged > 0 ? [`${counted(damaged, 'damaged range')} (${counted(damagedBytes, 'byte')})`] : []),
    ...(gluedLines > 0 ? [`${counted(gluedLines, 'line')} with several records`] : []),
    `${counted(records, 'record')} kept`,
  ];
  return parts.join(', ');
}

/** Lines for a person: enough to see what kind of damage it is; JSON has a hundred. */
const rangesShown = 10;
const rawShown = 60;
