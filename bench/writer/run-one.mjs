// One contender, one size, one process: warms up, writes, checks that every record is there, prints one line of JSON.
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { contenders } from './contenders.mjs';
import { sizes } from './records.mjs';

const { name, size, records: count, modules, latency, dir } = JSON.parse(process.argv[2]);
const records = contenders[name].records?.[size] ?? sizes[size].records;

await write('warm.jsonl', Math.min(count, 20_000));
const { nanoseconds, took } = await write('log.jsonl', count);
const result = { nanosecondsPerRecord: nanoseconds / count };
if (latency) result.latency = percentiles(took);
process.stdout.write(JSON.stringify(result));

async function write(file, amount) {
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  const { append, finish } = await contenders[name].open(join(dir, file), modules);
  const took = latency ? new Float64Array(amount) : undefined;
  const start = process.hrtime.bigint();
  // Every contender gets back to the event loop as often: the asynchronous ones need it, a server does it.
  for (let n = 0; n < amount; ) {
    const until = Math.min(amount, n + 500);
    if (took === undefined) for (; n < until; n += 1) append(records[n % 1_000]);
    else
      for (; n < until; n += 1) {
        const before = performance.now();
        append(records[n % 1_000]);
        took[n] = performance.now() - before;
      }
    await turn();
  }
  await finish();
  const nanoseconds = Number(process.hrtime.bigint() - start);
  verify(amount);
  return { nanoseconds, took };
}

function verify(amount) {
  let lines = 0;
  for (const file of readdirSync(dir)) {
    const bytes = readFileSync(join(dir, file));
    for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) lines += 1;
  }
  if (lines !== amount) throw new Error(`${name} wrote ${lines} of ${amount} records`);
}

function percentiles(milliseconds) {
  const sorted = milliseconds.toSorted();
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] * 1_000;
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999), max: at(1) };
}
