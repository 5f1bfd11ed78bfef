// A writer with rotation: appends session records with numbered ids until it is killed, and says on stdout how many it has written. Bundled and started by tail.test.ts.
import { openLog } from '../../src/ndjson/writer.ts';

const [path, count, maxBytes] = process.argv.slice(2) as [string, string, string];
const log = openLog({ path, maxBytes: Number(maxBytes), mode: 'direct', sync: 'never' });
for (let n = 0; n < Number(count); n++) {
  log.append({
    schema: 'session.iterate.v1',
    session_id: `n${n}`,
    timestamp: new Date().toISOString(),
    kind: 'fill',
    prompt: 'x'.repeat(200),
  });
  if (n % 50 === 0) await new Promise((next) => setTimeout(next, 5));
}
process.stdout.write('written\n');
// Held open, as by a program that goes on.
setInterval(() => {}, 1_000);
