// Calls that read run one after the other: each may take all the memory and all the processors a call may take. A cancelled one leaves the queue, or ends.
import { LakeobsError } from '../errors.ts';
import { mcpWaitingCallsMax } from '../limits.ts';

export interface Queue {
  /** Runs `work` when it is its turn; gives up at once when `signal` aborts before that.
   * @throws LakeobsError usage when too many wait (limits.mcpWaitingCallsMax), query when it was cancelled. */
  run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

export function openQueue(): Queue {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return {
    run: async (work, signal) => {
      if (waiting > mcpWaitingCallsMax)
        throw new LakeobsError('usage', `${mcpWaitingCallsMax} calls are waiting already`, {
          hint: 'Wait for answers before you ask again.',
        });
      waiting++;
      const turn = last;
      const mine = (async () => {
        await turn;
        if (signal.aborted) throw cancelled();
        return work();
      })();
      last = mine.catch(() => {});
      try {
        return await Promise.race([mine, aborted(signal, turn)]);
      } finally {
        waiting--;
      }
    },
  };
}

/** Rejects when the signal aborts before the turn has come; what runs by then ends in its own way. */
function aborted(signal: AbortSignal, turn: Promise<unknown>): Promise<never> {
  return new Promise((_, reject) => {
    const onAbort = () => reject(cancelled());
    signal.addEventListener('abort', onAbort, { once: true });
    void turn.then(() => signal.removeEventListener('abort', onAbort));
  });
}

function cancelled(): LakeobsError {
  return new LakeobsError('query', 'cancelled');
}
