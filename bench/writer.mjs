// `npm run bench:writer`: what a record costs through openLog, beside the loops and loggers people use. Serialisation counts on all sides, and every run checks that
// each record is in the file. Two contenders at a time: synchronous ones take turns of a few milliseconds in one process, the others run whole in processes of
// their own, alternately; a ratio is that of neighbours, then the median of all.
//   node bench/writer.mjs [--blocks 400] [--rounds 9] [--json] [--strict]   (--strict: exit 1 when a target is missed)
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bundle } from './writer/bundle.mjs';
import { contenders, pairs } from './writer/contenders.mjs';
import { sizes } from './writer/records.mjs';

const { values: options } = parseArgs({
  options: {
    blocks: { type: 'string', default: '400' },
    rounds: { type: 'string', default: '9' },
    json: { type: 'boolean', default: false },
    strict: { type: 'boolean', default: false },
  },
});
const here = dirname(fileURLToPath(import.meta.url));
const temp = mkdtempSync(join(tmpdir(), 'lakeobs-bench-'));

try {
  const modules = await bundle(temp);
  const results = Object.keys(sizes).map((size) => measureSize(size, modules));
  if (options.json) process.stdout.write(`${JSON.stringify({ node: process.version, results }, null, 2)}\n`);
  else print(results);
  const held = results.every(({ judged }) => judged.every((one) => one.held));
  process.exitCode = options.strict && !held ? 1 : 0;
} finally {
  rmSync(temp, { recursive: true, force: true });
}

function measureSize(size, modules) {
  const possible = pairs.filter(({ mine, against }) =>
    [mine, against].every(
      (name) =>
        (contenders[name].sizes ?? [size]).includes(size) &&
        (contenders[name].needs ?? []).every((need) => modules[need] !== undefined),
    ),
  );
  const nanoseconds = {};
  const judged = possible.map(({ mine, against, atLeast }) => {
    const names = [mine, against];
    const measured = names.every((name) => contenders[name].synchronous)
      ? inTurns(names, size, modules)
      : alternately(names, size, modules);
    for (const name of names) {
      nanoseconds[name] ??= [];
      nanoseconds[name].push(...measured[name]);
    }
    const ratios = measured[mine].map((own, index) => measured[against][index] / own);
    const ratio = quantile(ratios, 0.5);
    const spread = [quantile(ratios, 0.25), quantile(ratios, 0.75)];
    return { mine, against, atLeast, ratio, spread, held: ratio >= atLeast };
  });
  const latency = Object.fromEntries(
    Object.keys(nanoseconds)
      .filter((name) => contenders[name].latency)
      .map((name) => [name, alone(name, size, modules, true).latency]),
  );
  const typical = Object.fromEntries(Object.entries(nanoseconds).map(([name, all]) => [name, quantile(all, 0.5)]));
  return { size, bytes: sizes[size].bytes, nanoseconds: typical, judged, latency };
}

function inTurns(names, size, modules) {
  return child('blocks.mjs', {
    names,
    size,
    modules,
    blocks: Number(options.blocks),
    perBlock: size === 'small' ? 2_000 : 1_000,
    dir: join(temp, 'out'),
  });
}

function alternately(names, size, modules) {
  const measured = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < Number(options.rounds); round += 1)
    for (const name of round % 2 === 0 ? names : names.toReversed())
      measured[name].push(alone(name, size, modules, false).nanosecondsPerRecord);
  return measured;
}

function alone(name, size, modules, latency) {
  const records = size === 'small' ? 150_000 : 50_000;
  return child('run-one.mjs', { name, size, records, modules, latency, dir: join(temp, 'out') });
}

function child(script, orders) {
  const output = execFileSync(process.execPath, [join(here, 'writer', script), JSON.stringify(orders)], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(output);
}

function print(results) {
  const out = [`Node ${process.version}, ${cpus().length} × ${cpus()[0].model.trim()}`, ''];
  for (const { bytes, nanoseconds, latency } of results) {
    out.push(`### Records of ${bytes} B`, '', '| | records/s | ns/record |', '|---|---:|---:|');
    for (const name of Object.keys(contenders).filter((one) => nanoseconds[one] !== undefined)) {
      const rate = Math.round(1e9 / nanoseconds[name]).toLocaleString('en');
      out.push(`| ${contenders[name].title} | ${rate} | ${Math.round(nanoseconds[name])} |`);
    }
    out.push('', '| append(), µs | p50 | p99 | p99.9 | max |', '|---|---:|---:|---:|---:|');
    for (const [name, { p50, p99, p999, max }] of Object.entries(latency)) {
      const figures = [p50, p99, p999, max].map((value) => value.toFixed(1));
      out.push(`| ${contenders[name].title} | ${figures.join(' | ')} |`);
    }
    out.push('');
  }
  out.push('### Times as fast (median of neighbours; their middle half)', '');
  out.push('| B | | as | ratio | target | |', '|---:|---|---|---:|---:|---|');
  for (const { bytes, judged } of results)
    for (const { mine, against, ratio, spread, atLeast, held } of judged) {
      const [low, high] = spread.map((value) => value.toFixed(2));
      const target = atLeast === 0 ? ' | ' : `≥ ${atLeast} | ${held ? 'held' : 'MISSED'}`;
      const titles = `${contenders[mine].title} | ${contenders[against].title}`;
      out.push(`| ${bytes} | ${titles} | ${ratio.toFixed(2)} (${low} to ${high}) | ${target} |`);
    }
  process.stdout.write(`${out.join('\n')}\n`);
}

function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
