// `node bench/salvage.mjs [MB] [rounds]`: the salvage scan over session rows of 1.7 KB with incompressible prompts, good and damaged, plain and .gz, as whole processes in
// turn, beside a process that only splits the same lines and gives them to JSON.parse. Speed is uncompressed bytes over wall time, process start included.
import { randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { buildSync } from 'esbuild';
import { median, medianRatio, printTable, timeInTurn } from './pairs.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const megabytes = Number(process.argv[2] ?? 256);
const rounds = Number(process.argv[3] ?? 5);
const folder = mkdtempSync(join(tmpdir(), 'lakeobs-bench-'));

try {
  const scan = join(folder, 'scan.mjs');
  buildSync({
    stdin: {
      contents: `import { scanFile } from './src/ndjson/scan-file.ts';
        import { lineBytesMax } from './src/limits.ts';
        const { records } = await scanFile(process.argv[2], { lineBytesMax }, () => {});
        process.stdout.write(String(records));`,
      resolveDir: root,
      loader: 'ts',
    },
    bundle: true,
    format: 'esm',
    platform: 'node',
    outfile: scan,
  });
  const parse = join(folder, 'parse.mjs');
  writeFileSync(
    parse,
    `import { createReadStream } from 'node:fs';
     import { createInterface } from 'node:readline';
     let records = 0;
     for await (const line of createInterface({ input: createReadStream(process.argv[2], { highWaterMark: 1 << 20 }) })) { JSON.parse(line); records += 1; }
     process.stdout.write(String(records));`,
  );

  const good = file('good.jsonl', (row) => row);
  const kinds = [
    ['good lines', scan, good],
    ['good lines, .gz', scan, file('good.jsonl.gz', (row) => row, gzipSync)],
    [
      'every 100th line torn',
      scan,
      file('torn.jsonl', (row, index) => (index % 100 === 50 ? `${row.slice(0, 700)}\n` : row)),
    ],
    [
      'every line glued behind a torn one',
      scan,
      file('suffix.jsonl', (row, index) => (index % 2 === 1 ? row.slice(0, 700) : row)),
    ],
    [
      'two records on every line',
      scan,
      file('glued.jsonl', (row, index) => (index % 2 === 1 ? row.slice(0, -1) : row)),
    ],
    ['readline + JSON.parse, good lines', parse, good],
  ];
  const times = timeInTurn(
    kinds.map(([, program, path]) => [process.execPath, program, path.path]),
    rounds,
  );
  printTable(
    ['', 'MB/s', 'time against readline + JSON.parse'],
    kinds.map(([name, , { bytes }], index) => [
      name,
      Math.round(bytes / 1000 / median(times[index])),
      medianRatio(times[index], times[times.length - 1]).toFixed(2),
    ]),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Writes a log of about `megabytes` MB. @param {string} name @param {(row: string, index: number) => string} damage @param {(bytes: Buffer) => Buffer} pack */
function file(name, damage, pack = (bytes) => bytes) {
  const path = join(folder, name);
  const descriptor = openSync(path, 'w');
  let bytes = 0;
  let block = '';
  for (let index = 0; bytes < megabytes * 1e6; index++) {
    block += damage(row(index), index);
    if (block.length < 4e6) continue;
    bytes += block.length;
    writeSync(descriptor, pack(Buffer.from(block)));
    block = '';
  }
  closeSync(descriptor);
  if (statSync(path).size === 0) throw new Error('write at least 4 MB');
  return { path, bytes };
}

function row(index) {
  return `${JSON.stringify({
    schema: 'session.iterate.v1',
    session_id: randomBytes(12).toString('hex'),
    timestamp: new Date(1.79e12 + index * 1000).toISOString(),
    daemon: 'validatord',
    kind: 'fill',
    model: `model-${index % 5}`,
    provider: 'p',
    prompt: randomBytes(870).toString('base64'),
    iterations: 1 + (index % 3),
    max_iterations: 4,
    final_verdict: 'accepted',
    attempts: [
      { iteration: 0, verdict_kind: 'no_json', error: 'no object in the answer' },
      { iteration: 1, verdict_kind: 'accepted' },
    ],
    artifact: { fills: [{ candidate_id: `W-${index % 300}`, shift: { start: '06:00', end: '14:00' } }] },
    grounded_in_roster: true,
    duration_ms: 1200 + index / 8,
  })}\n`;
}
