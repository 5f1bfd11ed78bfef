// A process that repairs a folder and kills itself before its Nth step. Bundled and started by repair-crash.test.ts.
import { repairFolder } from './repair-folder.ts';

const { dir, killAt } = JSON.parse(process.argv[2]!) as { dir: string; killAt: number };
let count = 0;
await repairFolder(dir, () => {
  count += 1;
  if (count === killAt) process.kill(process.pid, 'SIGKILL');
});
process.exit(0);
