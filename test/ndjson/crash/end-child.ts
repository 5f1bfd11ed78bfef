// One real process that ends in the way it is told, with records still in its buffer.
import { openLog } from '../../../src/ndjson/writer.ts';

const [path, ending] = process.argv.slice(2) as [string, string];
const log = openLog({ path, mode: 'buffered', sync: 'never' });
for (let n = 0; n < 100; n += 1) log.append({ n });
if (ending === 'exit') process.exit(3);
if (ending === 'throw') throw new Error('uncaught');
if (ending === 'reject') void Promise.reject(new Error('unhandled'));
if (ending === 'kill') process.kill(process.pid, 'SIGKILL');
// Otherwise it just comes to its end: the timer of the buffer must not keep it alive, nor its exit lose the buffer.
