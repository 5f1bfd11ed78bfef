/** How often a property is tried: so often in the suite, more among the long experiments (vitest.heavy.config.ts), which run the same files again. */
export function runs(inSuite: number, inHeavy: number): number {
  return process.env.LAKEOBS_HEAVY === '1' ? inHeavy : inSuite;
}
