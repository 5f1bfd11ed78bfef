// The end of a process that was told to end, or whose terminal was closed: what lies about is taken along, then the signal does what it would have done.
import { EXIT } from '../errors.ts';

/** Does not return. */
export function endBySignal(signal: NodeJS.Signals): void {
  try {
    process.emit('exit', EXIT.failed);
  } catch {
    // A thread of DuckDB's wrote into a folder while it was removed: that stays (lakeobs doctor names it).
  }
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
