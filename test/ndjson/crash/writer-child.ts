// One real process that appends records through openLog and notes each acknowledgement in a file of its own, with one write each, so that a kill -9 between the
// two can only lose the note, never invent one. Bundled and started by crash-lab.ts.
import { openSync, writeSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { openLog } from '../../../src/ndjson/writer.ts';

export interface ChildOrders {
  path: string;
  /** Where acknowledgements go. */
  acks: string;
  /** Name of this incarnation; record ids are `<name>-<n>`. */
  name: string;
  /** Stop after so many records; 0: go on until told. */
  records: number;
  maxBytes: number;
  sync: 'always' | 'interval' | 'never';
  mode: 'direct' | 'buffered';
  /** Share of records of 1 MiB. */
  hugeShare: number;
  chain?: boolean;
}

const orders = JSON.parse(process.argv[2]!) as ChildOrders;
const log = openLog({
  path: orders.path,
  maxBytes: orders.maxBytes,
  sync: orders.sync,
  mode: orders.mode,
  chain: orders.chain ?? false,
  onWarn: (message) => process.stderr.write(`${message}\n`),
});
const acks = openSync(orders.acks, 'a');
let stopped = false;
process.on('message', () => {
  stopped = true;
});

const random = generator(orders.name);
for (let n = 0; (orders.records === 0 || n < orders.records) && !stopped; n += 1) {
  const id = `${orders.name}-${n}`;
  const size = sizeOf(random);
  const taken = log.append({ id, size, pad: id.repeat(Math.ceil(size / id.length)).slice(0, size) });
  if (taken && orders.mode === 'direct') writeSync(acks, `${id}\n`);
  if (n % 64 === 63) await turn();
}
await log.close();
if (orders.mode === 'buffered')
  for (let n = 0; n < log.stats().written; n += 1) writeSync(acks, `${orders.name}-${n}\n`);
process.disconnect?.();

/** 99 % of 100 B to 4 KiB, 0.95 % to 64 KiB, the rest 1 MiB. */
function sizeOf(random: () => number): number {
  const kind = random();
  if (kind < orders.hugeShare) return 1024 * 1024;
  if (kind < orders.hugeShare + 0.0095) return 4096 + Math.floor(random() * 60 * 1024);
  return 60 + Math.floor(random() * 4000);
}

/** mulberry32, seeded by a name. */
function generator(name: string): () => number {
  let state = [...name].reduce((sum, character) => (Math.imul(sum, 31) + character.charCodeAt(0)) | 0, 7);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
