// A seeded source of randomness, so that a demo lake is the same lake for the same seed and clock. Not for anything secret.

export interface Random {
  /** 0 ≤ x < 1. */
  next(): number;
  /** A whole number from low to high, both included. */
  whole(low: number, high: number): number;
  /** True with that probability. */
  chance(probability: number): boolean;
  /** One item; `weights` in the same order, any sum. */
  pick<T>(items: readonly T[], weights?: readonly number[]): T;
  /** `count` different items, in random order. */
  sample<T>(items: readonly T[], count: number): T[];
  /** A positive number around `median`: log-normal, so that a few are much larger. */
  around(median: number, spread: number): number;
  /** Lower-case hex digits. */
  hex(digits: number): string;
}

/** mulberry32 by Tommy Ettinger (public domain): 32 bits of state, good enough to look real and four lines long. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const whole = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  const pick = <T>(items: readonly T[], weights?: readonly number[]): T => {
    if (weights === undefined) return items[whole(0, items.length - 1)]!;
    let left = next() * weights.reduce((total, weight) => total + weight, 0);
    for (const [at, weight] of weights.entries()) {
      left -= weight;
      if (left < 0) return items[at]!;
    }
    return items.at(-1)!;
  };
  const sample = <T>(items: readonly T[], count: number): T[] => {
    const rest = [...items];
    const taken: T[] = [];
    while (taken.length < count && rest.length > 0) {
      const at = whole(0, rest.length - 1);
      taken.push(rest[at]!);
      rest[at] = rest.at(-1)!;
      rest.pop();
    }
    return taken;
  };
  // Box and Muller's transform; 1 - x keeps the logarithm finite.
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return {
    next,
    whole,
    chance: (probability) => next() < probability,
    pick,
    sample,
    around: (median, spread) => median * Math.exp(spread * normal()),
    hex: (digits) => Array.from({ length: digits }, () => whole(0, 15).toString(16)).join(''),
  };
}
