// What all bundled checks cost beside the alarm alone, as whole processes in turn over one generated lake, without the index and with it.
//   node bench/checks.mjs [--bytes 300000000] [--rounds 7]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median, medianRatio, printTable, timeInTurn } from './pairs.mjs';
import { makeLake } from './query/lake.mjs';

const { values } = parseArgs({
  options: { bytes: { type: 'string', default: '300000000' }, rounds: { type: 'string', default: '7' } },
});
const cli = join(dirname(fileURLToPath(import.meta.url)), '..', 'bin', 'lakeobs.js');
const lake = mkdtempSync(join(tmpdir(), 'lakeobs-checks-'));
// Findings are exit 1, and the lake has some.
const run = (...words) => ['sh', '-c', '"$@"; test $? -lt 2', 'sh', process.execPath, cli, '--lake', lake, ...words];
const runs = [
  ['alarm'],
  [],
  ['--exclude', 'unanswered'],
  ...['rejection-spike', 'duplicate-sessions', 'silent-daemon', 'clock-skew', 'unanswered'].map((name) => [
    'alarm',
    name,
  ]),
];
try {
  const { records } = makeLake(lake, Number(values.bytes));
  const table = (...flags) => {
    const times = timeInTurn(
      runs.map((words) => run('check', ...words, ...flags)),
      Number(values.rounds),
      { ...process.env, LAKEOBS_LAKE: '', NO_COLOR: '1' },
    );
    printTable(
      [`check ${flags.join(' ')}`, 'ms', 'ratio to the alarm alone'],
      runs.map((words, at) => [
        words.join(' ') || '(all)',
        median(times[at]).toFixed(0),
        medianRatio(times[at], times[0]).toFixed(2),
      ]),
    );
  };
  console.log(`\n${records} sessions, ${values.bytes} bytes, ${values.rounds} rounds in turn\n`);
  table('--no-index');
  spawnSync(process.execPath, [cli, '--lake', lake, 'index'], { stdio: 'ignore' });
  console.log('');
  table();
} finally {
  rmSync(lake, { recursive: true });
}
