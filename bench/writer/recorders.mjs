// The fronts beside the log they stand on: SessionLogger, createJournalSink, createHost, and what redaction costs per record. `node bench/writer/recorders.mjs`
// prints its own tables from dist/ (npm run build first); bench/writer.mjs may take `cases` and run them among its own.
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as library from '../../dist/writer.js';

const { buildSessionRecord, createHost, createJournalSink, openLog, redactorOf, redactText, familyOf, SessionLogger } =
  library;

const words =
  'The shift plan for Chicago lists welders, forklift drivers and pickers; every candidate must be in the roster. ';

/** A session whose line is about 1.7 KB. */
export const sessionInput = {
  request: {
    sessionId: '0197c2b0e4d1a5b6c7d8e9f001122334',
    kind: 'fill',
    model: 'a-model:32b',
    provider: 'local',
    prompt: words.repeat(8),
    maxIterations: 5,
  },
  response: {
    iterations: 3,
    history: [
      {
        iteration: 0,
        verdictKind: 'validation_failed',
        error: 'candidate W-102 is not in the roster of Chicago welders',
        spanId: '00f067aa0ba902b7',
      },
      { iteration: 1, verdictKind: 'no_json', error: 'no JSON object in the output' },
      { iteration: 2, verdictKind: 'accepted', spanId: '00f067aa0ba902b8' },
    ],
    artifact: {
      fills: [
        { candidate_id: 'W-1', name: 'Ann', role: 'welder' },
        { candidate_id: 'W-2', name: 'Bob', role: 'picker' },
      ],
      note: words,
    },
  },
  durationMs: 1234.5,
};
export const sessionRecord = buildSessionRecord(sessionInput);
const journalRecord = {
  kind: 'log',
  extensionId: 'core',
  timestamp: 1_790_000_000_000,
  level: 'info',
  msg: 'shift planned',
  attributes: { n: 3 },
};

/** Each case: `open(path)` gives `append()` for one record and `close()`. `record` is what the compared loop serialises and writes. */
export const cases = [
  {
    name: 'openLog, no family (1.7 KB)',
    record: sessionRecord,
    open: (path) => logCase(openLog({ path }), sessionRecord),
  },
  {
    name: 'openLog, session, redact: false (1.7 KB)',
    record: sessionRecord,
    open: (path) => logCase(openLog({ path, family: 'session', redact: false }), sessionRecord),
  },
  {
    name: 'openLog, session (1.7 KB)',
    record: sessionRecord,
    open: (path) => logCase(openLog({ path, family: 'session' }), sessionRecord),
  },
  {
    name: 'SessionLogger.append (1.7 KB)',
    record: sessionRecord,
    open: (path) => logCase(new SessionLogger(path), sessionRecord),
  },
  {
    name: 'SessionLogger.record (1.7 KB)',
    record: sessionRecord,
    open: (path) => {
      const logger = new SessionLogger(path);
      return { append: () => logger.record(sessionInput), close: () => logger.close() };
    },
  },
  {
    name: 'SessionLogger.append, buffered (1.7 KB)',
    record: sessionRecord,
    open: (path) => logCase(new SessionLogger({ path, mode: 'buffered' }), sessionRecord),
  },
  {
    name: 'createJournalSink.append (114 B)',
    record: journalRecord,
    open: (path) => logCase(createJournalSink(path), journalRecord),
  },
  {
    name: 'createHost logger.info (114 B)',
    record: journalRecord,
    open: (path) => {
      const sink = createJournalSink(path);
      const log = createHost({ extensionId: 'core', sink }).logger();
      return { append: () => log.info('shift planned', { n: 3 }), close: () => sink.close() };
    },
  },
];

const redactSession = redactorOf(familyOf('session'));
const withWords = {
  ...sessionRecord,
  prompt: `${sessionRecord.prompt} within 512 max tokens, see https://example.com/plan`,
};
const withSecrets = {
  ...sessionRecord,
  prompt: `${sessionRecord.prompt} PASSWORD=${'hunter2'} and https://u:p@example.com/?token=a`,
};
const body = JSON.stringify({ messages: [{ role: 'user', content: words.repeat(10) }], max_tokens: 512 });

/** Each cost: one call of `run`. */
export const costs = [
  { name: 'JSON.stringify, for scale', run: () => JSON.stringify(sessionRecord) },
  { name: 'redact: nothing suspicious', run: () => redactSession(sessionRecord) },
  { name: 'redact: suspicious words, no secret', run: () => redactSession(withWords) },
  { name: 'redact: three secrets', run: () => redactSession(withSecrets) },
  { name: 'redactText: a JSON body of 1.2 KB', run: () => redactText(body) },
  { name: 'buildSessionRecord', run: () => buildSessionRecord(sessionInput) },
];

function logCase(log, record) {
  return { append: () => log.append(record), close: () => log.close() };
}

async function main() {
  const rounds = Number(process.argv[2] ?? 7);
  const folder = mkdtempSync(join(tmpdir(), 'lakeobs-bench-'));
  try {
    const rates = cases.map(() => []);
    const floors = cases.map(() => []);
    for (let round = 0; round <= rounds; round++)
      for (const [index, one] of cases.entries()) {
        const floor = writeLoop(join(folder, `floor-${index}-${round}`), one.record);
        const rate = await appendLoop(join(folder, `${index}-${round}.jsonl`), one);
        if (round === 0) continue;
        floors[index].push(floor);
        rates[index].push(rate);
      }
    console.log(`\nFronts, Node ${process.version}, ${rounds} rounds in turn, records/s with serialisation, medians\n`);
    table(
      ['front', 'records/s', 'of a bare stringify + writeSync loop'],
      cases.map((one, index) => [
        one.name,
        Math.round(median(rates[index])).toLocaleString('en'),
        median(rates[index].map((rate, at) => rate / floors[index][at])).toFixed(2),
      ]),
    );
    console.log(`\nPer call, record of ${Buffer.byteLength(JSON.stringify(sessionRecord))} bytes, medians\n`);
    table(
      ['call', 'µs'],
      costs.map((cost) => [cost.name, micros(cost.run).toFixed(2)]),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const count = 20_000;

async function appendLoop(path, one) {
  const { append, close } = one.open(path);
  append();
  const started = process.hrtime.bigint();
  for (let at = 0; at < count; at++) append();
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  await close();
  if (statSync(path).size === 0) throw new Error(`${one.name} wrote nothing`);
  rmSync(path);
  return count / seconds;
}

function writeLoop(path, record) {
  const file = openSync(path, 'a');
  const started = process.hrtime.bigint();
  for (let at = 0; at < count; at++) writeSync(file, `${JSON.stringify(record)}\n`);
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  closeSync(file);
  rmSync(path);
  return count / seconds;
}

function micros(run) {
  for (let at = 0; at < 20_000; at++) run();
  const times = Array.from({ length: 15 }, () => {
    const started = process.hrtime.bigint();
    for (let at = 0; at < 5_000; at++) run();
    return Number(process.hrtime.bigint() - started) / 5_000_000;
  });
  return median(times);
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  console.log([line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n'));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
