// The synchronous contenders in one process, in turns of a few milliseconds each, so that whatever else the machine does falls on all of them alike.
// Every contender has a loop function of its own: none runs on code the compiler has shaped for another. Prints the time of every block, in order.
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { contenders } from './contenders.mjs';
import { sizes } from './records.mjs';

const { names, size, blocks, perBlock, modules, dir } = JSON.parse(process.argv[2]);
const bytesPerBlock = perBlock * sizes[size].bytes;
/** Files are replaced after so many blocks, so that a long run does not fill the disk. */
const blocksPerFile = Math.max(1, Math.floor((256 * 1024 * 1024) / bytesPerBlock / names.length));

const warmBlocks = 50;

const nanoseconds = Object.fromEntries(names.map((name) => [name, []]));
const loops = Object.fromEntries(
  names.map((name) => [
    name,
    new Function('append', 'records', 'count', 'for (let n = 0; n < count; n += 1) append(records[n % 1000]);'),
  ]),
);

// The first file warms up: it is not counted.
for (let done = -warmBlocks; done < blocks; done += done < 0 ? warmBlocks : blocksPerFile) {
  const blocksNow = done < 0 ? warmBlocks : Math.min(blocksPerFile, blocks - done);
  rmSync(dir, { recursive: true, force: true });
  const open = {};
  for (const name of names) {
    mkdirSync(join(dir, name), { recursive: true });
    open[name] = await contenders[name].open(join(dir, name, 'log.jsonl'), modules);
  }
  for (let block = 0; block < blocksNow; block += 1)
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = names[(turn + block) % names.length];
      const start = process.hrtime.bigint();
      loops[name](open[name].append, contenders[name].records?.[size] ?? sizes[size].records, perBlock);
      const took = Number(process.hrtime.bigint() - start);
      if (done >= 0) nanoseconds[name].push(took / perBlock);
    }
  for (const name of names) {
    await open[name].finish();
    verify(name, blocksNow * perBlock);
  }
}
rmSync(dir, { recursive: true, force: true });
process.stdout.write(JSON.stringify(nanoseconds));

function verify(name, amount) {
  let lines = 0;
  for (const file of readdirSync(join(dir, name))) {
    const bytes = readFileSync(join(dir, name, file));
    for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) lines += 1;
  }
  if (lines !== amount) throw new Error(`${name} wrote ${lines} of ${amount} records`);
}
