// A process that ingests and kills itself at its Nth operation on the disk. Bundled and started by crash.test.ts.
import { type IngestOptions, ingest } from '../../src/ingest/ingest.ts';

const { options, killAt } = JSON.parse(process.argv[2]!) as { options: IngestOptions; killAt: number };
let count = 0;
await ingest({
  ...options,
  step: () => {
    count += 1;
    if (count === killAt) process.kill(process.pid, 'SIGKILL');
  },
});
process.exit(0);
