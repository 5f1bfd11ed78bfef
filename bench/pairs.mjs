// Whole processes timed in turn (A B A B …), because a shared machine drifts: ratios are taken pair by pair, medians are quoted.
import { spawnSync } from 'node:child_process';

/** Runs the commands in turn; returns wall milliseconds per command, the first round not counted. `codes`: the exit codes that are no failure.
 * @param {string[][]} commands argv arrays @param {number} rounds @param {NodeJS.ProcessEnv} env @param {number[]} codes @returns {number[][]} */
export function timeInTurn(commands, rounds, env = process.env, codes = [0]) {
  const times = commands.map(() => []);
  for (let round = 0; round <= rounds; round++)
    for (const [index, [file, ...args]] of commands.entries()) {
      const started = process.hrtime.bigint();
      const { status, stderr } = spawnSync(file, args, { stdio: ['ignore', 'pipe', 'pipe'], env, maxBuffer: 1 << 28 });
      const ms = Number(process.hrtime.bigint() - started) / 1e6;
      if (!codes.includes(status)) throw new Error(`${[file, ...args].join(' ')} exited ${status}: ${stderr}`);
      if (round > 0) times[index].push(ms);
    }
  return times;
}

/** @param {number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Median of a[i] / b[i]. @param {number[]} a @param {number[]} b */
export function medianRatio(a, b) {
  return median(a.map((value, index) => value / b[index]));
}

/** Prints a Markdown table. @param {string[]} head @param {(string|number)[][]} rows */
export function printTable(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  console.log([line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n'));
}
