// `lakeobs append`: records from arguments or from NDJSON on standard input, validated and written through the shared writer. Strict: what is rejected is named,
// and the exit code says so.
import { join } from 'node:path';
import { EXIT, LakeobsError, reasonOf } from '../errors.ts';
import { lineBytesMax } from '../limits.ts';
import { firstMembersOnly, memberCount } from '../ndjson/json-text.ts';
import { openLog } from '../recorders/open-log.ts';
import { humanBytes } from '../render/figures.ts';
import { jsonDocument } from '../render/json-text.ts';
import { visible } from '../render/visible.ts';
import { familyOf } from '../schema/families.ts';
import { familyNamed } from './family-named.ts';
import type { GlobalOptions } from './global-options.ts';
import { ClosedPipe, type Io } from './io.ts';
import { lossyNumber } from './lossy-number.ts';
import { oneOf, placeOf } from './options.ts';
import { startProgress } from './progress.ts';

export interface AppendOptions extends GlobalOptions {
  /** False after --no-redact. */
  redact: boolean;
  sync?: string;
}

export async function runAppend(args: readonly string[], options: AppendOptions, io: Io): Promise<number> {
  const [name, ...given] = args as [string, ...string[]];
  const records = given.length === 1 && given[0] === '-' ? [] : given;
  const family = familyOf(familyNamed(name))!;
  const { lake } = await placeOf(options, io);
  const path = join(lake, family.file);
  const log = openLog({
    path,
    family: family.name,
    strict: true,
    mode: records.length > 0 ? 'direct' : 'buffered',
    redact: options.redact,
    sync: options.sync === undefined ? 'interval' : oneOf('--sync', options.sync, ['always', 'interval', 'never']),
    onWarn: (message) => io.stderr(`lakeobs: ${visible(message)}\n`),
  });
  let written = 0;
  let rejected = 0;
  const reject = (place: string, why: string) => {
    rejected++;
    io.stderr(`lakeobs: ${place} rejected: ${visible(why)}\n`);
  };
  const take = (text: string, place: string) => {
    let record: unknown;
    try {
      record = JSON.parse(text);
    } catch (error) {
      reject(place, `not JSON: ${reasonOf(error)}`);
      return;
    }
    const twice = keyWrittenTwice(text, record);
    if (twice !== null) {
      reject(place, `the key ${JSON.stringify(twice)} is written twice; which value is meant?`);
      return;
    }
    const lossy = lossyNumber(text);
    if (lossy !== null) {
      reject(place, `the number ${lossy} has more digits than JSON readers keep; write it as text`);
      return;
    }
    try {
      log.append(record as object);
      written++;
    } catch (error) {
      if (!(error instanceof LakeobsError) || (error.code !== 'schema' && error.code !== 'input')) throw error;
      reject(place, error.message);
    }
  };
  let failure: unknown;
  const progress = startProgress('append', 'records', options.quiet !== true && records.length === 0, io);
  try {
    if (records.length > 0) for (const [index, text] of records.entries()) take(text, `record ${index + 1}`);
    else {
      if (process.stdin.isTTY === true && options.quiet !== true)
        io.stderr('lakeobs: reading NDJSON from standard input; Ctrl-D ends it\n');
      let line = 0;
      for await (const bytes of io.stdin()) {
        line++;
        const text = decoded(bytes, line === 1);
        if (bytes.length > lineBytesMax) reject(`line ${line}`, `longer than ${humanBytes(lineBytesMax)}`);
        else if (text === null) reject(`line ${line}`, 'not UTF-8');
        else if (text.trim() !== '') take(text, `line ${line}`);
        progress.tick(written + rejected);
      }
    }
  } catch (error) {
    failure = error;
  }
  progress.stop();
  // What was accepted is written, also when something later failed; a failing close must not hide the first failure.
  try {
    await log.close();
  } catch (error) {
    failure ??= error;
  }
  if (failure !== undefined) {
    io.stderr(`lakeobs: ${written} of ${written + rejected} records had been accepted\n`);
    throw failure;
  }
  try {
    await io.stdout(`${jsonDocument({ family: family.name, written, rejected, path })}\n`);
  } catch (error) {
    // Nobody reads the summary; whether records were rejected is in the exit code all the same.
    if (!(error instanceof ClosedPipe)) throw error;
  }
  if (written + rejected === 0) {
    io.stderr('lakeobs: there was no record: give JSON as arguments, or NDJSON on standard input\n');
    return EXIT.failed;
  }
  return rejected > 0 ? EXIT.findings : EXIT.fine;
}

/** The text of a line, null when it is not UTF-8: a recorder does not put a replacement where it cannot read. */
function decoded(bytes: Uint8Array, first: boolean): string | null {
  try {
    const text = utf8.decode(bytes);
    return first && text.startsWith('\uFEFF') ? text.slice(1) : text;
  } catch {
    return null;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The first key of the object that is there twice: parsing would keep the last value and lose the others without a word. */
function keyWrittenTwice(text: string, record: unknown): string | null {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) return null;
  const object = text.trim();
  if (memberCount(object) === Object.keys(record).length) return null;
  return firstMembersOnly(object).duplicateKeys[0] ?? null;
}
