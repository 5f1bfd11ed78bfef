// What is wrong with logs, as findings: each says where, how often, and what to do next. One pass of our own scan over each file finds damage, versions, unknown
// keys and secrets in flat memory; names, links and side files are looked at beside it. Changes nothing, and never shows a secret.
import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { lineBytesMax, tailRecheckMs, unknownKeysMax, unknownKeysShown } from '../limits.ts';
import { damageReasons, type SalvagedRecord } from '../ndjson/damage.ts';
import { type Diagnosis, diagnose } from '../ndjson/diagnosis.ts';
import { logNames, parseSegment } from '../ndjson/naming.ts';
import { unfinishedRotation } from '../ndjson/repair.ts';
import { deskOf, leftovers } from '../ndjson/repair-desk.ts';
import { verifyChain } from '../ndjson/verify-chain.ts';
import { countKeyShapes, type KeyShape, mayHoldKeyShape } from '../redact/key-shapes.ts';
import { families, familyOf } from '../schema/families.ts';
import type { FamilyName } from '../schema/family.ts';
import { recognise } from '../schema/recognise.ts';
import { activeOf, type SourceFile, stampOf } from './sources.ts';

const findingKinds = [
  'unreadable',
  'damage',
  'torn-tail',
  'glued-records',
  'unknown-version',
  'unrecognised',
  'secret',
  'two-names',
  'unfinished-repair',
  'unfinished-ingest',
  'chain',
  'problem',
  'unknown-keys',
  'unread',
  'not-writable',
  'being-written',
  'not-covered',
  'index',
  'roster',
  'left-behind',
] as const;

export interface Finding {
  /** mend: something is wrong and somebody can do something about it; decides the exit code. note: worth knowing. */
  level: 'mend' | 'note';
  kind: (typeof findingKinds)[number];
  file: string;
  /** 1-based; null where the finding has no one line. */
  line: number | null;
  /** In the uncompressed file. */
  byte_offset: number | null;
  byte_length: number | null;
  /** How many of it: ranges, lines, records, strings. */
  count: number;
  /** One sentence without the file's name. */
  message: string;
  /** What to do, '' when there is nothing to do. */
  next: string;
}

export interface Examined {
  findings: Finding[];
  records: number;
}

export interface ExamineOptions {
  /** Words behind a suggested command that make it look where this run looked. */
  scope: string;
  signal?: AbortSignal | undefined;
  onProgress?: ((doneBytes: number) => void) | undefined;
}

/** Reads every file once. Torn tails wait together for one re-check: a tail that grows is being written, not torn. */
export async function examineFiles(files: readonly SourceFile[], options: ExamineOptions): Promise<Examined> {
  const findings: Finding[] = [];
  const torn: { file: SourceFile; finding: Finding }[] = [];
  let records = 0;
  let done = 0;
  for (const file of files) {
    const scan = new FileScan(file, options);
    const diagnosis = await diagnose(
      file.path,
      {
        lineBytesMax,
        ...(file.compression === '' ? { endOffset: file.stamp.size } : {}),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
        onProgress: (bytes) => options.onProgress?.(done + Math.min(bytes, file.stamp.size)),
      },
      (found) => {
        if (found.kind === 'record') scan.record(found);
      },
    );
    done += file.stamp.size;
    records += diagnosis.records;
    for (const finding of scan.findings(diagnosis)) {
      findings.push(finding);
      if (finding.kind === 'torn-tail' && !file.closed && file.compression === '') torn.push({ file, finding });
    }
  }
  if (torn.length > 0) await wait(tailRecheckMs);
  for (const { file, finding } of torn) {
    const now = stampOf(file.path);
    if (now !== null && now.ino === file.stamp.ino && now.size === file.stamp.size) continue;
    finding.level = 'note';
    finding.kind = 'being-written';
    finding.message = `it is being written: its last ${finding.byte_length} bytes are no whole record yet`;
    finding.next = '';
  }
  return { findings, records };
}

/** Names, links and side files around the logs these files belong to. */
export function examineLogs(files: readonly SourceFile[], options: ExamineOptions): Finding[] {
  const findings: Finding[] = [];
  const logs = logsOf(files);
  for (const log of logs) {
    const rotation = unfinishedRotation(log);
    if (rotation !== null)
      findings.push(
        found('mend', 'two-names', rotation.extra, {
          message: `it is the same file as ${rotation.segment}: a rotation was begun and never ended`,
          next: `lakeobs repair --apply${options.scope}`,
        }),
      );
  }
  for (const folder of new Set(logs.map((log) => dirname(log)))) {
    for (const path of leftovers(deskOf(folder)))
      findings.push(
        found('mend', 'unfinished-repair', path, {
          message: 'a repair was stopped before it ended (or runs right now)',
          next: `lakeobs repair --apply${options.scope}`,
        }),
      );
    if (!isWritable(folder))
      findings.push(
        found('note', 'not-writable', folder, {
          message: 'you may not write to this folder: nothing can be appended, rotated or mended here',
          next: '',
        }),
      );
  }
  for (const log of logs)
    if (existsSync(log) && !isWritable(log))
      findings.push(found('note', 'not-writable', log, { message: 'you may not write to this file', next: '' }));
  return findings;
}

/** Compares each log with its hash chain. */
export function examineChains(files: readonly SourceFile[]): Finding[] {
  const findings: Finding[] = [];
  let chains = 0;
  for (const log of logsOf(files)) {
    const { chain, head } = logNames(log);
    if (!existsSync(chain) && !existsSync(head)) continue;
    chains += 1;
    const report = verifyChain(log);
    for (const { kind, file, start, end, message } of report.problems)
      findings.push(
        found('mend', 'chain', file, {
          byte_offset: start,
          byte_length: end - start,
          message: `${kind === 'chain' ? 'the chain does not hold' : kind}: ${message}`,
          next: 'Compare with a backup; records behind lakeobs repair are still in quarantine/original. Nothing mends this by itself.',
        }),
      );
    for (const { file, start, end } of report.uncovered)
      findings.push(
        found('note', 'not-covered', file, {
          byte_offset: start,
          byte_length: end - start,
          message:
            'the chain does not cover these bytes yet: written since the last flush, or by a writer without a chain',
          next: '',
        }),
      );
    for (const file of report.compressed)
      findings.push(
        found('note', 'not-covered', file, {
          message: 'compressed since the chain covered it: it cannot be compared as it lies',
          next: '',
        }),
      );
  }
  if (chains === 0 && files.length > 0)
    findings.push(
      found('note', 'not-covered', dirname(files[0]!.path), {
        message: 'no log here has a chain: there is nothing to verify',
        next: 'Write logs with chain: true.',
      }),
    );
  return findings;
}

/** The lake's own files that cannot be opened. They stop every other command; doctor names them and goes on with the rest. */
export function unreadableIn(lake: string): Finding[] {
  return logFilesIn(lake).flatMap((path) => {
    const why = whyUnreadable(path);
    return why === null
      ? []
      : [
          found('mend', 'unreadable', path, {
            message: `it cannot be read: ${why}; every command that reads the lake stops here`,
            next: 'Correct its permissions, or move it away.',
          }),
        ];
  });
}

/** Files of a lake by their names, readable or not. */
export function logFilesIn(lake: string): string[] {
  const names = existsSync(lake) && statSync(lake).isDirectory() ? readdirSync(lake).sort() : [];
  return names
    .filter((name) => families.some(({ file }) => name === file || parseSegment(join(lake, file), name) !== null))
    .map((name) => join(lake, name));
}

function whyUnreadable(path: string): string | null {
  try {
    accessSync(path, constants.R_OK);
    const look = statSync(path);
    return look.isFile() ? null : look.isDirectory() ? 'it is a folder' : 'it is a pipe or a device';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function logsOf(files: readonly SourceFile[]): string[] {
  return [...new Set(files.map(({ path }) => activeOf(path)))];
}

export function found(
  level: Finding['level'],
  kind: Finding['kind'],
  file: string,
  {
    line = null,
    byte_offset = null,
    byte_length = null,
    count = 1,
    message,
    next,
  }: Partial<Finding> & Pick<Finding, 'message' | 'next'>,
): Finding {
  return { level, kind, file, line, byte_offset, byte_length, count, message, next };
}

/** What one file's records say, in bounded memory. */
class FileScan {
  readonly #file: SourceFile;
  readonly #scope: string;
  readonly #versions = new Map<string, number>();
  readonly #keys = new Map<FamilyName, Map<string, number>>();
  readonly #secrets = new Map<KeyShape, number>();
  #firstSecretLine = 0;
  #unrecognised = 0;
  #firstUnrecognised = 0;
  #more = false;

  constructor(file: SourceFile, { scope }: ExamineOptions) {
    this.#file = file;
    this.#scope = scope;
  }

  record({ record, bytes, line }: SalvagedRecord): void {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
    if (mayHoldKeyShape(text)) this.#countSecrets(text, line);
    const { family, known } = recognise(record);
    if (family === null) {
      this.#unrecognised += 1;
      if (this.#firstUnrecognised === 0) this.#firstUnrecognised = line;
    } else if (!known) add(this.#versions, String(record.schema));
    else this.#countKeys(family, record);
  }

  findings(diagnosis: Diagnosis): Finding[] {
    return [
      ...this.#damage(diagnosis),
      ...this.#secretFinding(),
      ...this.#versionFinding(),
      ...this.#unrecognisedFinding(),
      ...this.#keyFindings(),
    ];
  }

  #countSecrets(text: string, line: number): void {
    for (const [shape, times] of Object.entries(countKeyShapes(text)))
      if (times > 0) {
        this.#secrets.set(shape as KeyShape, (this.#secrets.get(shape as KeyShape) ?? 0) + times);
        if (this.#firstSecretLine === 0) this.#firstSecretLine = line;
      }
  }

  #countKeys(family: FamilyName, record: object): void {
    const known = familyOf(family)!.record.shape;
    let keys = this.#keys.get(family);
    for (const key of Object.keys(record)) {
      if (Object.hasOwn(known, key)) continue;
      if (keys === undefined) {
        keys = new Map();
        this.#keys.set(family, keys);
      }
      if (keys.has(key) || keys.size < unknownKeysMax) add(keys, key);
      else this.#more = true;
    }
  }

  #damage(diagnosis: Diagnosis): Finding[] {
    const { path, compression } = this.#file;
    const next =
      compression === ''
        ? 'not-ndjson' in diagnosis.reasons
          ? 'Convert it, or move it away.'
          : `lakeobs repair --apply${this.#scope}`
        : 'Unpack it, remove the compressed file, then lakeobs repair --apply.';
    const { tail, ranges, damaged, gluedLines, firstGluedLine } = diagnosis;
    const findings = ranges.map(({ line, byteOffset, byteLength, reason }) =>
      found('mend', tail.state === 'torn' && byteOffset >= tail.byteOffset ? 'torn-tail' : 'damage', path, {
        line,
        byte_offset: byteOffset,
        byte_length: byteLength,
        message: `${reason}: ${damageReasons[reason]}`,
        next,
      }),
    );
    if (damaged > ranges.length)
      findings.push(
        found('mend', 'damage', path, {
          count: damaged - ranges.length,
          message: `${damaged - ranges.length} more damaged ranges: the view quarantine has all of them`,
          next,
        }),
      );
    if (gluedLines > 0)
      findings.push(
        found('mend', 'glued-records', path, {
          line: firstGluedLine,
          count: gluedLines,
          message: `${gluedLines} ${gluedLines === 1 ? 'line holds' : 'lines hold'} several records; each is read`,
          next,
        }),
      );
    return findings;
  }

  #secretFinding(): Finding[] {
    if (this.#secrets.size === 0) return [];
    const count = [...this.#secrets.values()].reduce((sum, times) => sum + times, 0);
    return [
      found('mend', 'secret', this.#file.path, {
        line: this.#firstSecretLine,
        count,
        message: `${count} key-shaped ${count === 1 ? 'string' : 'strings'} (${[...this.#secrets].map(([shape, times]) => `${shape} ${times}`).join(', ')})`,
        next: 'Replace those keys where they were issued; then remove the file, or write it again without them. Write through lakeobs with redact on.',
      }),
    ];
  }

  #versionFinding(): Finding[] {
    return [...this.#versions].slice(0, unknownKeysShown).map(([schema, count]) =>
      found('mend', 'unknown-version', this.#file.path, {
        count,
        message: `${count} ${count === 1 ? 'record' : 'records'} of a version this lakeobs does not know: ${schema.slice(0, 80)}; in no view`,
        next: 'Use a newer lakeobs.',
      }),
    );
  }

  #unrecognisedFinding(): Finding[] {
    if (this.#unrecognised === 0) return [];
    // In a log of a family such a line counts against it; in a file somebody named it may be anything.
    const counts = this.#file.family !== null;
    return [
      found(counts ? 'mend' : 'note', 'unrecognised', this.#file.path, {
        line: this.#firstUnrecognised,
        count: this.#unrecognised,
        message: `${this.#unrecognised} ${this.#unrecognised === 1 ? 'object' : 'objects'} of no family lakeobs knows; in no view`,
        next: counts
          ? 'Find out who writes them, or bring them in: lakeobs ingest --map FILE.sql.'
          : 'To read them as records: lakeobs ingest --map FILE.sql.',
      }),
    ];
  }

  #keyFindings(): Finding[] {
    return [...this.#keys].map(([family, keys]) => {
      const most = [...keys].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
      const shown = most.slice(0, unknownKeysShown).map(([key, times]) => `${key.slice(0, 60)} ${times}`);
      const rest = most.length - shown.length;
      return found('note', 'unknown-keys', this.#file.path, {
        count: keys.size,
        message: `keys outside the schema of ${family}, with their counts: ${shown.join(', ')}${rest > 0 ? ` and ${rest}${this.#more ? ' or more' : ''} others` : ''}; kept, in no view`,
        next: '',
      });
    });
  }
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
