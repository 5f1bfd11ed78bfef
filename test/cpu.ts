// Effort, measured so that what else the machine does has no say: the processor time of this process, not the time on the wall.

/** Milliseconds of processor time that some synchronous work takes. */
export function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
