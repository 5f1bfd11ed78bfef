// `npm run bench:query`: what an answer costs over lakes of 10 MB, 1 GB and 4 GB, as whole processes beside a bare DuckDB script with the same question, jq, and rg
// as the floor. "Above start" is the time of a process less that of the same command over a lake with one record, in the same round. Every answer is compared.
//   node bench/query.mjs [--sizes 10MB,1GB,4GB] [--rounds 15] [--only cold,moving,index,checks,others,usage] [--folder DIR: keep the lakes] [--plot FILE.svg] [--json FILE]
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statfsSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { median, medianRatio, printTable, timeInTurn } from './pairs.mjs';
import { appendTo, makeLake } from './query/lake.mjs';
import { plot, sizeText } from './query/plot.mjs';

const { values: options } = parseArgs({
  options: {
    sizes: { type: 'string', default: '10MB,1GB,4GB' },
    rounds: { type: 'string', default: '15' },
    only: { type: 'string', default: 'cold,moving,index,checks,others,usage' },
    folder: { type: 'string' },
    plot: { type: 'string' },
    json: { type: 'string' },
  },
});
const here = dirname(fileURLToPath(import.meta.url));
const node = process.execPath;
const cli = join(here, '..', 'bin', 'lakeobs.js');
const script = join(here, 'query', 'script.mjs');
const questions = ['alarm', 'first-shot'];
const sizes = options.sizes.split(',').map(bytesOf);
const rounds = Number(options.rounds);
const parts = new Set(options.only.split(','));
const indexed = spawnSync(node, [cli, 'index', '--help'], { encoding: 'utf8' }).stdout.startsWith(
  'Usage: lakeobs index',
);
// Before there was an index there was no way to do without one.
const withoutIndex = spawnSync(node, [cli, 'query', '--help'], { encoding: 'utf8' }).stdout.includes('--no-index')
  ? ['--no-index']
  : [];
const env = { ...process.env, LAKEOBS_LAKE: '', NO_COLOR: '1' };
const results = { cold: [], moving: [], index: [], checks: [], others: [], usage: [] };

const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'lakeobs-bench-'));
mkdirSync(folder, { recursive: true });
try {
  checkDisk();
  console.log(
    `\nNode ${process.version}, ${cpus().length} cores, load ${loadavg()[0].toFixed(1)}, ${rounds} rounds in turn\n`,
  );
  const one = lakeOf(1);
  for (const size of sizes) {
    const lake = lakeOf(size);
    sameAnswers(lake);
    if (parts.has('cold')) cold(lake, one, size);
    if (parts.has('moving')) await moving(lake, size);
    if (parts.has('index')) index(lake, one, size);
    if (parts.has('checks')) checks(lake, one, size);
    if (parts.has('others')) others(lake, size);
    if (parts.has('usage')) usage(lake, size);
    if (options.folder === undefined) rmSync(lake, { recursive: true });
  }
  print();
  if (options.json !== undefined)
    writeFileSync(options.json, `${JSON.stringify({ node: process.version, ...results }, null, 2)}\n`);
  if (options.plot !== undefined)
    writeFileSync(
      options.plot,
      plot(curves(), 'alarm: milliseconds above process start, against the size of the lake'),
    );
} finally {
  if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
}

function ours(question, lake, ...flags) {
  return [node, cli, '--lake', lake, 'query', question, '--format', 'jsonl', ...flags];
}

function bare(question, lake) {
  return [node, script, question, lake];
}

function cold(lake, one, size) {
  for (const question of questions) {
    const [mine, start, theirs, theirStart] = timeInTurn(
      [
        ours(question, lake, ...withoutIndex),
        ours(question, one, ...withoutIndex),
        bare(question, lake),
        bare(question, one),
      ],
      rounds,
      env,
    );
    results.cold.push({
      size,
      question,
      ms: median(mine),
      scriptMs: median(theirs),
      ratio: medianRatio(mine, theirs),
      aboveMs: median(minus(mine, start)),
      scriptAboveMs: median(minus(theirs, theirStart)),
      aboveRatio: medianRatio(minus(mine, start), minus(theirs, theirStart)),
    });
  }
}

/** A writer appends a record every 20 ms while the question is asked; ratio to the same question over the same lake at rest. */
async function moving(lake, size) {
  const active = join(lake, 'session.jsonl');
  const restBytes = statSync(active).size;
  const times = { rest: [], moving: [] };
  for (let round = 0; round <= rounds; round++) {
    const [[rest]] = timeOnce([ours('alarm', lake, ...withoutIndex)]);
    const writer = spawn(node, [join(here, 'query', 'appender.mjs'), lake], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((done) => writer.stdout.once('data', done));
    const [[busy]] = timeOnce([ours('alarm', lake, ...withoutIndex)]);
    const ended = new Promise((done) => writer.once('exit', done));
    writer.kill();
    await ended;
    putBack(active, restBytes, lake);
    if (round > 0) {
      times.rest.push(rest);
      times.moving.push(busy);
    }
  }
  results.moving.push({ size, ms: median(times.moving), ratio: medianRatio(times.moving, times.rest) });
}

/** Takes appended lines away again and lets the file rest. */
function putBack(active, bytes, lake) {
  truncateSync(active, bytes);
  appendTo(lake, 0, 1);
}

function index(lake, one, size) {
  if (!indexed) return;
  const derived = join(lake, '.lakeobs', 'columnar');
  const target = join(folder, 'bare.parquet');
  const builds = { mine: [], theirs: [] };
  for (let round = 0; round < 4; round++) {
    rmSync(derived, { recursive: true, force: true });
    const [[mine]] = timeOnce([[node, cli, '--lake', lake, 'index']]);
    const [[theirs]] = timeOnce([[node, script, 'copy', lake, target]]);
    if (round > 0) {
      builds.mine.push(mine);
      builds.theirs.push(theirs);
    }
  }
  const memory = [
    [node, cli, '--lake', lake, 'index'],
    [node, script, 'copy', lake, target],
  ].map((command) => {
    rmSync(derived, { recursive: true, force: true });
    return usageOf(command).mib;
  });
  rmSync(target);
  spawnSync(node, [cli, '--lake', lake, 'index'], { env });
  const row = {
    size,
    buildMs: median(builds.mine),
    copyMs: median(builds.theirs),
    speed: medianRatio(builds.theirs, builds.mine),
    mib: memory[0],
    copyMib: memory[1],
    answers: [],
  };
  spawnSync(node, [cli, '--lake', one, 'index'], { env });
  const ask = (state) => {
    for (const question of questions) {
      const [fast, start, slow] = timeInTurn(
        [ours(question, lake), ours(question, one), ours(question, lake, ...withoutIndex)],
        rounds,
        env,
      );
      row.answers.push({
        state,
        question,
        ms: median(fast),
        aboveMs: median(minus(fast, start)),
        aboveRatio: medianRatio(minus(fast, start), minus(slow, start)),
      });
    }
  };
  ask('indexed');
  const active = join(lake, 'session.jsonl');
  const restBytes = statSync(active).size;
  appendTo(lake, 1e6, 2);
  ask('indexed + 1 MB');
  putBack(active, restBytes, lake);
  rmSync(derived, { recursive: true, force: true });
  rmSync(join(one, '.lakeobs'), { recursive: true, force: true });
  results.index.push(row);
}

/** All checks over an indexed lake in one run, beside the same statements in one bare connection over the same copies, and beside each check in a run of its own. */
function checks(lake, one, size) {
  for (const each of [lake, one]) spawnSync(node, [cli, '--lake', each, 'index'], { env });
  // A small lake has no packs, and nothing to wait for.
  if (!existsSync(join(lake, '.lakeobs', 'columnar', 'packs'))) return;
  const judge = (where, ...names) => [node, cli, '--lake', where, 'check', ...names, '--format', 'json'];
  const judged = JSON.parse(
    spawnSync(node, judge(lake).slice(1), { encoding: 'utf8', env, maxBuffer: 1 << 28 }).stdout,
  ).checks.filter(({ status }) => status !== 'skipped');
  const names = judged.map(({ name }) => name);
  const script = (...asked) => [node, join(here, 'query', 'checks.mjs'), lake, ...asked];
  for (const answer of rowsOf(node, script(...names).slice(1))) {
    const { findings, population } = judged.find(({ name }) => name === answer.name);
    if (findings !== answer.findings || population !== answer.population)
      throw new Error(`lakeobs and the script differ on ${answer.name} over ${lake}`);
  }
  const few = Math.min(7, rounds);
  const codes = [0, 1, 2];
  const [all, start, bare, bareStart, ...alone] = timeInTurn(
    [
      judge(lake, ...names),
      judge(one, ...names),
      script(...names),
      script(),
      ...names.flatMap((name) => [judge(lake, name), judge(one, name)]),
    ],
    few,
    env,
    codes,
  );
  const aboveStart = names.map((_, at) => minus(alone[2 * at], alone[2 * at + 1]));
  const sum = all.map((_, round) => aboveStart.reduce((total, times) => total + times[round], 0));
  results.checks.push({
    size,
    checks: names.length,
    ms: median(all),
    bareMs: median(bare),
    ratio: medianRatio(all, bare),
    aboveMs: median(minus(all, start)),
    bareAboveMs: median(minus(bare, bareStart)),
    aboveRatio: medianRatio(minus(all, start), minus(bare, bareStart)),
    aloneMs: median(sum),
    aloneRatio: medianRatio(minus(all, start), sum),
  });
  for (const each of [lake, one]) rmSync(join(each, '.lakeobs'), { recursive: true, force: true });
}

function others(lake, size) {
  const files = segments(lake);
  const few = size > 2e9 ? 1 : Math.min(3, rounds);
  if (found('jq'))
    results.others.push({
      size,
      name: 'jq',
      ms: median(
        timeInTurn(
          [
            [
              'jq',
              '-c',
              'select(.schema == "session.iterate.v1" and .kind == "fill" and .final_verdict == "accepted" and .grounded_in_roster == false) | [.session_id, .timestamp]',
              ...files,
            ],
          ],
          few,
          env,
        )[0],
      ),
    });
  if (found('rg'))
    results.others.push({
      size,
      name: 'rg',
      ms: median(
        timeInTurn(
          [['rg', '--no-filename', '--fixed-strings', '"grounded_in_roster":false', ...files]],
          Math.min(5, rounds),
          env,
        )[0],
      ),
    });
}

/** Peak memory, and processor time: the ratio that a busy machine does not stretch. */
function usage(lake, size) {
  for (const question of questions) {
    const seen = { lakeobs: [], script: [] };
    for (let round = 0; round < Math.min(5, rounds); round++) {
      seen.lakeobs.push(usageOf(ours(question, lake, ...withoutIndex)));
      seen.script.push(usageOf(bare(question, lake)));
    }
    const [mine, theirs] = [seen.lakeobs, seen.script].map((runs) => runs.map(({ cpuMs }) => cpuMs));
    for (const [name, runs] of Object.entries(seen))
      results.usage.push({
        size,
        question,
        name,
        mib: Math.max(...runs.map(({ mib }) => mib)),
        cpuMs: median(runs.map(({ cpuMs }) => cpuMs)),
        cpuRatio: name === 'lakeobs' ? medianRatio(mine, theirs) : 1,
      });
  }
}

/** What one run of a Node process took. */
function usageOf([file, ...args]) {
  const preload = ['--import', pathToFileURL(join(here, 'query', 'peak.mjs')).href];
  const { stderr } = spawnSync(file, [...preload, ...args], { encoding: 'utf8', env, maxBuffer: 1 << 28 });
  const [kib, cpuMs] = /^usage (\d+) (\d+)$/m.exec(stderr).slice(1).map(Number);
  return { mib: kib / 1024, cpuMs };
}

/** The lake of that size under the folder, made once. */
function lakeOf(size) {
  const lake = join(folder, `lake-${size}`);
  if (!existsSync(lake)) makeLake(lake, size);
  return lake;
}

/** A fast wrong answer is no answer. */
function sameAnswers(lake) {
  for (const question of questions) {
    const [mine, theirs] = [ours(question, lake, ...withoutIndex), bare(question, lake)].map(([file, ...args]) =>
      rowsOf(file, args),
    );
    const key = question === 'alarm' ? ['session_id', 'model'] : ['model', 'sessions', 'judged', 'first_shot'];
    const text = (rows) => JSON.stringify(rows.map((row) => key.map((name) => String(row[name]))));
    if (text(mine) !== text(theirs)) throw new Error(`lakeobs and the script differ on ${question} over ${lake}`);
  }
}

function rowsOf(file, args) {
  const { status, stdout, stderr } = spawnSync(file, args, { encoding: 'utf8', env, maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`${args.join(' ')} exited ${status}: ${stderr}`);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** One run of each command, without a round to warm up. */
function timeOnce(commands) {
  return commands.map(([file, ...args]) => {
    const started = process.hrtime.bigint();
    const { status, stderr } = spawnSync(file, args, { stdio: ['ignore', 'pipe', 'pipe'], env, maxBuffer: 1 << 28 });
    if (status !== 0) throw new Error(`${args.join(' ')} exited ${status}: ${stderr}`);
    return [Number(process.hrtime.bigint() - started) / 1e6];
  });
}

function minus(times, starts) {
  return times.map((ms, round) => ms - starts[round]);
}

function segments(lake) {
  return readdirSync(lake)
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => join(lake, name));
}

function found(tool) {
  return spawnSync(tool, ['--version']).error === undefined;
}

/** The lakes, an index that hardly compresses, a bare Parquet file, and room to breathe. */
function checkDisk() {
  const { bavail, bsize } = statfsSync(folder);
  const largest = Math.max(...sizes);
  const needed =
    (options.folder === undefined ? largest : sizes.reduce((sum, size) => sum + size, 0)) +
    (parts.has('index') ? 2 * largest : 0) +
    1e9;
  if (bavail * bsize < needed)
    throw new Error(
      `${sizeText(needed)} of free disk are needed in ${folder}, ${sizeText(bavail * bsize)} are there (TMPDIR, --sizes)`,
    );
}

function bytesOf(text) {
  const match = /^(\d+(?:\.\d+)?)(MB|GB)$/.exec(text);
  if (match === null) throw new Error(`--sizes: ${text} is not like 10MB or 1GB`);
  return Number(match[1]) * (match[2] === 'GB' ? 1e9 : 1e6);
}

function print() {
  const ms = (value) => value.toFixed(0);
  const section = (title, rows, head, cells) => {
    if (rows.length === 0) return;
    console.log(`\n${title}\n`);
    printTable(head, rows.map(cells));
  };
  section(
    'Cold: no index, warm page cache, files at rest',
    results.cold,
    ['lake', 'query', 'lakeobs ms', 'script ms', 'ratio', 'above start ms', 'script', 'ratio'],
    (row) => [
      sizeText(row.size),
      row.question,
      ms(row.ms),
      ms(row.scriptMs),
      row.ratio.toFixed(2),
      ms(row.aboveMs),
      ms(row.scriptAboveMs),
      row.aboveRatio.toFixed(2),
    ],
  );
  section('A writer appends meanwhile (alarm)', results.moving, ['lake', 'ms', 'ratio to at rest'], (row) => [
    sizeText(row.size),
    ms(row.ms),
    row.ratio.toFixed(2),
  ]);
  if (parts.has('index') && !indexed) console.log('\nIndex: skipped, this lakeobs has no `index` command.');
  section(
    'Index build beside a bare COPY … TO parquet',
    results.index,
    ['lake', 'build ms', 'COPY ms', 'speed', 'peak MiB', 'COPY'],
    (row) => [sizeText(row.size), ms(row.buildMs), ms(row.copyMs), row.speed.toFixed(2), ms(row.mib), ms(row.copyMib)],
  );
  section(
    'Answers from the index',
    results.index.flatMap((row) => row.answers.map((answer) => ({ size: row.size, ...answer }))),
    ['lake', 'state', 'query', 'ms', 'above start ms', 'ratio to cold, above start'],
    (row) => [sizeText(row.size), row.state, row.question, ms(row.ms), ms(row.aboveMs), row.aboveRatio.toFixed(3)],
  );
  section(
    'All checks in one run, indexed, beside the same statements in one bare connection over the same copies',
    results.checks,
    ['lake', 'checks', 'lakeobs ms', 'bare ms', 'ratio', 'above start', 'bare', 'ratio', 'each alone, sum', 'ratio'],
    (row) => [
      sizeText(row.size),
      row.checks,
      ms(row.ms),
      ms(row.bareMs),
      row.ratio.toFixed(2),
      ms(row.aboveMs),
      ms(row.bareAboveMs),
      row.aboveRatio.toFixed(2),
      ms(row.aloneMs),
      row.aloneRatio.toFixed(2),
    ],
  );
  section('Others, alarm (whole process)', results.others, ['lake', 'tool', 'ms'], (row) => [
    sizeText(row.size),
    row.name,
    ms(row.ms),
  ]);
  if (parts.has('others'))
    for (const tool of ['jq', 'rg']) if (!found(tool)) console.log(`\n${tool}: not installed, skipped.`);
  section(
    'Peak memory (most of five runs) and processor time (median), cold',
    results.usage,
    ['lake', 'query', 'process', 'MiB', 'CPU ms', 'ratio'],
    (row) => [sizeText(row.size), row.question, row.name, ms(row.mib), ms(row.cpuMs), row.cpuRatio.toFixed(2)],
  );
}

function curves() {
  const alarm = results.cold.filter(({ question }) => question === 'alarm');
  const other = (name) => results.others.filter((row) => row.name === name).map((row) => [row.size, row.ms]);
  const answers = (state) =>
    results.index.flatMap((row) =>
      row.answers
        .filter((answer) => answer.state === state && answer.question === 'alarm')
        .map((answer) => [row.size, Math.max(1, answer.aboveMs)]),
    );
  return [
    { name: 'lakeobs, no index', points: alarm.map((row) => [row.size, Math.max(1, row.aboveMs)]) },
    { name: 'bare DuckDB script', points: alarm.map((row) => [row.size, Math.max(1, row.scriptAboveMs)]) },
    { name: 'lakeobs, indexed', points: answers('indexed') },
    { name: 'lakeobs, indexed + 1 MB', points: answers('indexed + 1 MB') },
    { name: 'jq', points: other('jq') },
    { name: 'rg (floor)', points: other('rg') },
  ];
}
