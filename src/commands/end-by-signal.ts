// The end of a process that was told to end, or whose terminal was closed: what lies about is taken along, then the signal does what it would have done.
import { EXIT } from '../errors.ts';

/** Does not return. */
export function endBySignal(signal: NodeJS.Signals): void {
  process.emit('exit', EXIT.failed);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
