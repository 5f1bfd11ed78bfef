// A process of the soak: appends accepted fills to the log, one in fifty of them an alarm, until it is told to stop; rotates as the writer does.
import { openLog } from '../../../src/ndjson/writer.ts';

const [path, name, rotateBytes] = process.argv.slice(2) as [string, string, string];
const log = openLog({ path, family: 'session', maxBytes: Number(rotateBytes), sync: 'never' });
let n = 0;
let stopping = false;
process.on('message', () => {
  stopping = true;
});

// Whoever started it is gone.
process.on('disconnect', () => process.exit());

function turn(): void {
  for (let at = 0; at < 5; at++) {
    log.append({
      schema: 'session.iterate.v1',
      session_id: `${name}-${n}`,
      timestamp: '2026-03-01T10:00:00Z',
      daemon: name,
      kind: 'fill',
      model: 'm',
      provider: 'p',
      prompt: 'x'.repeat(1_000 + (n % 700)),
      iterations: 1,
      max_iterations: 3,
      final_verdict: 'accepted',
      attempts: [],
      grounded_in_roster: n % 50 !== 7,
      duration_ms: n,
    });
    n += 1;
  }
  if (!stopping) {
    setTimeout(turn, 20);
    return;
  }
  log.close().then(() => {
    process.send!(n);
    process.disconnect();
  });
}
turn();
