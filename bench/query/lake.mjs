// A lake of session records of about 1.7 KB, the same bytes for the same size on every machine: rotated into segments like the writer's, an hour old.
// Prompts are random base64, fresh in every record: an index that compresses well on repeated prompts would flatter itself.
import { createCipheriv } from 'node:crypto';
import { closeSync, mkdirSync, openSync, renameSync, utimesSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** The writer's rotation size. */
const segmentBytes = 50 * 1024 * 1024;
const promptBytes = 900;
const models = ['atlas-7b', 'atlas-70b', 'brook-mini', 'brook-large', 'cedar-1'];
const daemons = ['validatord', 'dispatchd', 'planner'];

/** Writes `<folder>/session.000001.jsonl … session.jsonl`, `bytes` in all or up to one record less; at least one record.
 * @param {string} folder @param {number} bytes @param {number} [seed] @returns {{ records: number, bytes: number }} */
export function makeLake(folder, bytes, seed = 1) {
  mkdirSync(folder, { recursive: true });
  const random = randomBytes(seed);
  const log = openLog(folder);
  let records = 0;
  for (;;) {
    const line = recordOf(records, random);
    if (records > 0 && log.written() + line.length > bytes) break;
    log.append(line);
    records++;
  }
  log.close();
  return { records, bytes: log.written() };
}

/** Appends about `bytes` of further records to the active file, which has the modification time `at`: by default it is at rest.
 * @param {string} folder @param {number} bytes @param {number} seed @param {Date} [at] @returns {number} bytes appended */
export function appendTo(folder, bytes, seed, at) {
  const random = randomBytes(seed);
  const path = join(folder, 'session.jsonl');
  const descriptor = openSync(path, 'a');
  let written = 0;
  for (let index = 0; written < bytes; index++) {
    const line = recordOf(1e8 + seed * 1e5 + index, random);
    writeSync(descriptor, line, null, 'latin1');
    written += line.length;
  }
  closeSync(descriptor);
  rest(path, at);
  return written;
}

/** Lines of ASCII into files that are rotated where the writer would. */
function openLog(folder) {
  const active = join(folder, 'session.jsonl');
  let descriptor = openSync(active, 'wx');
  let held = [];
  let heldBytes = 0;
  let fileBytes = 0;
  let total = 0;
  let segment = 0;
  const flush = () => {
    const bytes = Buffer.from(held.join(''), 'latin1');
    for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
    held = [];
    heldBytes = 0;
  };
  return {
    append(line) {
      if (fileBytes > 0 && fileBytes + line.length > segmentBytes) {
        flush();
        closeSync(descriptor);
        const closed = join(folder, `session.${String(++segment).padStart(6, '0')}.jsonl`);
        renameSync(active, closed);
        rest(closed);
        descriptor = openSync(active, 'wx');
        fileBytes = 0;
      }
      held.push(line);
      heldBytes += line.length;
      fileBytes += line.length;
      total += line.length;
      if (heldBytes > 4 * 1024 * 1024) flush();
    },
    close() {
      flush();
      closeSync(descriptor);
      rest(active);
    },
    written: () => total,
  };
}

/** A file touched just now is read as one that moves; these are at rest. */
function rest(path, at = new Date(Date.now() - 3_600_000)) {
  utimesSync(path, at, at);
}

/** One line: every field of the family, one to three attempts, an artifact when accepted; one accepted fill in a thousand is not grounded. */
function recordOf(index, random) {
  const dice = random(8);
  const attempts = 1 + (dice[0] % 3);
  const fate = dice[1] % 20;
  const verdict = fate < 16 ? 'accepted' : fate < 19 ? 'max_iter_exhausted' : 'infra_error';
  const kind = dice[2] % 2 === 0 ? 'fill' : dice[2] % 4 === 1 ? 'email' : 'playbook';
  const accepted = verdict === 'accepted';
  const text = JSON.stringify({
    schema: 'session.iterate.v1',
    session_id: random(16).toString('hex'),
    timestamp: new Date(1.79e12 + index * 1000 + dice[3]).toISOString(),
    daemon: daemons[dice[4] % daemons.length],
    kind,
    model: models[dice[5] % models.length],
    provider: 'local',
    prompt: random(promptBytes).toString('base64'),
    iterations: verdict === 'infra_error' ? attempts - 1 : attempts,
    max_iterations: 3,
    final_verdict: verdict,
    attempts: Array.from({ length: attempts }, (_, iteration) =>
      iteration === attempts - 1 && accepted
        ? { iteration, verdict_kind: 'accepted' }
        : {
            iteration,
            verdict_kind: 'validation_failed',
            error: `worker W-${dice[6]} is not in the roster of this site`,
          },
    ),
    ...(accepted
      ? {
          artifact: {
            fills: Array.from({ length: 2 }, (_, at) => ({ candidate_id: `W-${dice[7] * 2 + at}`, role: 'welder' })),
          },
        }
      : {}),
    ...(accepted && kind === 'fill' ? { grounded_in_roster: index % 1000 !== 7 } : {}),
    duration_ms: 500 + dice[3] * 10,
  });
  return `${text}\n`;
}

/** Seeded bytes: a cipher over zeros is as good as noise and faster than any generator written here. */
function randomBytes(seed) {
  const key = Buffer.alloc(16, seed);
  const cipher = createCipheriv('aes-128-ctr', key, Buffer.alloc(16));
  const zeros = Buffer.alloc(1 << 20);
  let pool = cipher.update(zeros);
  let at = 0;
  return (count) => {
    if (at + count > pool.length) {
      pool = cipher.update(zeros);
      at = 0;
    }
    at += count;
    return pool.subarray(at - count, at);
  };
}
