// What must be handed to the kernel when the process ends by itself: `exit` and an uncaught exception. No signal handlers: a host that wants its last batch on
// SIGTERM calls flush() there, and one that does not keeps the default.
const hooks = new Set<() => void>();
let ending = false;

/** Runs `hook` when the process ends; returns how to take it off again. All logs share one listener a signal. */
export function onProcessEnd(hook: () => void): () => void {
  if (hooks.size === 0) {
    process.on('exit', end);
    process.on('uncaughtExceptionMonitor', runAll);
  }
  hooks.add(hook);
  return () => {
    if (!hooks.delete(hook) || hooks.size > 0) return;
    process.off('exit', end);
    process.off('uncaughtExceptionMonitor', runAll);
  };
}

/** True once `exit` has been emitted: from then on nothing asynchronous runs, warnings included. */
export function processIsEnding(): boolean {
  return ending;
}

function end(): void {
  ending = true;
  runAll();
}

function runAll(): void {
  for (const hook of hooks) hook();
}
