// Reads a roster file into memory, behind the view `roster`: every byte once; what is hashed and counted is what the view is made of, whatever
// becomes of the file meanwhile. Bytes that are not what the file's name promises are a failure, never a shorter roster.
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { type Engine, InterruptedError } from '../../engine/engine.ts';
import { LakeobsError, reasonOf, systemCode } from '../../errors.ts';
import { rosterBytesMax } from '../../limits.ts';
import type { RosterSummary } from '../../result.ts';
import type { RosterSource } from '../roster.ts';
import type { Scratch } from '../scratch.ts';
import { trimSql } from '../views/casts.ts';
import { csvForm } from './csv.ts';
import type { RosterForm, RosterRequest } from './form.ts';
import { brokenLine, elementLines, jsonForm } from './json.ts';
import { parquetForm } from './parquet.ts';

/** Makes the view `roster(worker_id VARCHAR)`: each id once, trimmed, empty ones left out. Before the seal.
 * @throws LakeobsError input when the file is missing, unreadable, damaged or of no known kind; usage when it is unclear which column holds the ids. */
export async function readRoster(
  engine: Engine,
  { file, column }: RosterSource,
  scratch: Scratch,
  signal: AbortSignal,
): Promise<RosterSummary> {
  const kind = kindOf(file);
  const bytes = await bytesOf(file, signal);
  const content = kind.packed ? await unpacked(bytes, file) : bytes;
  const request = { file, copy: scratch.file(kind.suffix), asked: column };
  const form = await formOf(engine, kind.suffix, content, request);
  try {
    await engine.exec(
      `CREATE OR REPLACE TABLE roster_ids AS SELECT coalesce(${trimSql('id')}, '') AS worker_id, count(*) AS times FROM (${form.idsSql}) GROUP BY ALL`,
    );
  } catch (error) {
    throw damaged(error, file, form.lineOf);
  }
  await engine.exec(`CREATE OR REPLACE VIEW roster AS SELECT worker_id FROM roster_ids WHERE worker_id <> ''`);
  const counts = await engine.all(
    `SELECT coalesce(sum(times) FILTER (WHERE worker_id = ''), 0)::BIGINT, coalesce(sum(times) FILTER (WHERE worker_id <> ''), 0)::BIGINT, (SELECT count(*) FROM roster) FROM roster_ids`,
  );
  const [empty, filled, ids] = counts.rows[0]!.map(Number) as [number, number, number];
  return {
    file,
    column: form.column,
    ids,
    duplicates: filled - ids,
    empty,
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
}

const suffixes = ['.csv', '.tsv', '.jsonl', '.ndjson', '.json', '.parquet'] as const;

interface Kind {
  suffix: (typeof suffixes)[number];
  packed: boolean;
}

function kindOf(file: string): Kind {
  const name = file.toLowerCase();
  const packed = name.endsWith('.gz');
  const suffix = suffixes.find((known) => (packed ? name.slice(0, -'.gz'.length) : name).endsWith(known));
  if (suffix !== undefined && !(packed && suffix === '.parquet')) return { suffix, packed };
  throw new LakeobsError('input', `the roster ${file} is of no known kind`, {
    path: file,
    hint: `Its name ends in ${suffixes.join(', ')}; .gz may follow, except on Parquet.`,
  });
}

async function bytesOf(file: string, signal: AbortSignal): Promise<Uint8Array> {
  try {
    const look = await stat(file);
    // A pipe would be waited for, and nothing could end that.
    if (!look.isFile())
      throw new LakeobsError('input', `the roster ${file} is ${look.isDirectory() ? 'a folder' : 'no regular file'}`, {
        path: file,
        hint: 'Name a file; write what a pipe holds to one first.',
      });
    if (look.size > rosterBytesMax) throw tooLarge(file);
    return await readFile(file, { signal });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof LakeobsError) throw error;
    const missing = systemCode(error) === 'ENOENT';
    throw new LakeobsError(
      'input',
      missing ? `there is no roster at ${file}` : `cannot read the roster ${file}: ${reasonOf(error)}`,
      { path: file, hint: missing ? 'Check the path.' : 'Check its permissions.', cause: error },
    );
  }
}

/** @throws LakeobsError input for a .gz that is cut, broken, or none. */
async function unpacked(bytes: Uint8Array, file: string): Promise<Uint8Array> {
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: rosterBytesMax });
  } catch (error) {
    if (systemCode(error) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(file);
    throw new LakeobsError('input', `the roster ${file} cannot be unpacked: ${reasonOf(error)}`, {
      path: file,
      hint: 'It is cut or damaged: make it again.',
      cause: error,
    });
  }
}

function tooLarge(file: string): LakeobsError {
  return new LakeobsError('input', `the roster ${file} is larger than ${rosterBytesMax / 1024 / 1024} MiB`, {
    path: file,
    hint: 'Leave only the column with the ids in it.',
  });
}

async function formOf(
  engine: Engine,
  suffix: Kind['suffix'],
  bytes: Uint8Array,
  request: RosterRequest,
): Promise<RosterForm> {
  const { file } = request;
  if (suffix === '.parquet')
    return parquetForm(engine, bytes, request).catch((error: unknown) => Promise.reject(damaged(error, file)));
  const text = plainText(bytes, file);
  if (suffix === '.csv' || suffix === '.tsv') return csvForm(text.toString('utf8'), suffix === '.tsv', request);
  const lines = suffix === '.json' ? elementLines(text, file) : text;
  return jsonForm(engine, lines, request).catch((error: unknown) =>
    Promise.reject(damaged(error, file, () => brokenLine(lines), suffix === '.json' ? 'value' : 'line')),
  );
}

/** UTF-8 without byte order mark; what begins with the mark of UTF-16 is turned into that. */
function plainText(bytes: Uint8Array, file: string): Buffer {
  const wide =
    bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : null;
  const text =
    wide === null
      ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      : Buffer.from(new TextDecoder(wide).decode(bytes));
  if (!isUtf8(text))
    throw new LakeobsError('input', `the roster ${file} is not UTF-8`, { path: file, hint: 'Save it as UTF-8.' });
  return text[0] === 0xef && text[1] === 0xbb && text[2] === 0xbf ? text.subarray(3) : text;
}

/** DuckDB's complaint about the copy as one about the roster; anything else as it is. `counted`: what the lines of the copy are in the roster. */
function damaged(
  error: unknown,
  file: string,
  lineOf: RosterForm['lineOf'] = () => undefined,
  counted: 'line' | 'value' = 'line',
): unknown {
  if (!(error instanceof LakeobsError) || error.code !== 'query' || error.cause instanceof InterruptedError)
    return error;
  const place = lineOf(error.message);
  return new LakeobsError(
    'input',
    `the roster ${file}${place === undefined ? '' : `, ${counted} ${place},`} cannot be read: ${plainReason(error.message)}`,
    {
      path: file,
      ...(place === undefined || counted === 'value' ? {} : { line: place }),
      hint: 'Mend the file: no part of a roster is left out.',
      cause: error,
    },
  );
}

/** DuckDB's reason without its advice about settings nobody here can set, and without its count of the lines of a copy. */
function plainReason(message: string): string {
  const found = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(message);
  // It stops at the first field too many.
  if (found !== null)
    return Number(found[2]) > Number(found[1]) ? `more than ${found[1]} fields` : `${found[2]} of ${found[1]} fields`;
  if (/unterminated quote/.test(message)) return 'a quote that is never closed, or text behind a closing one';
  return message
    .split('\n')[0]!
    .replace(/^[\w ]+ Error: /, '')
    .replace(/ in file "[^"]*"/, '')
    .replace(/, at byte \d+ in line \d+(?=:)/, '');
}
