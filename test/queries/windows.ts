// What rejection-spike, first-shot-drop and exhausted-rate promise, written a second time without SQL, from their descriptions.
// Intervals: Wilson (1927) for one share, and for the difference of two the hybrid of both by Newcombe (Statistics in Medicine 17, 1998, method 10).

export interface Judged {
  group: string | null;
  /** Milliseconds; null when the time cannot be read. */
  at: number | null;
  verdict: string | null;
  iterations: number | null;
}

export interface WindowParams {
  windowMs: number;
  windows: number;
  leastSessions: number;
  least: number;
  z: number;
  nowMs: number;
}

export interface Compared {
  group: string | null;
  sessions: number;
  hits: number;
  sessionsBefore: number;
  hitsBefore: number;
  /** The low end of how much it got worse. */
  low: number;
}

/** Groups whose share of `isHit` rose (`worse` 1) or fell (`worse` -1) by at least `least` for sure, worst first. */
export function changed(
  rows: readonly Judged[],
  isHit: (row: Judged) => boolean,
  worse: 1 | -1,
  params: WindowParams,
): Compared[] {
  const judged = rows.filter(
    (row) => row.verdict !== 'infra_error' && row.iterations !== null && row.at !== null && row.at <= params.nowMs,
  );
  const newest = Math.max(...judged.map((row) => row.at!));
  const from = newest - params.windowMs;
  const first = newest - params.windowMs * (params.windows + 1);
  const found: Compared[] = [];
  for (const group of new Set(judged.map((row) => row.group))) {
    const own = judged.filter((row) => row.group === group && row.at! > first);
    const now = own.filter((row) => row.at! > from);
    const before = own.filter((row) => row.at! <= from);
    const least = Math.max(params.leastSessions, 1);
    if (now.length < least || before.length < least) continue;
    const hits = now.filter(isHit).length;
    const hitsBefore = before.filter(isHit).length;
    const share = hits / now.length;
    const shareBefore = hitsBefore / before.length;
    const change = worse * (share - shareBefore);
    // The ends that lie towards each other: the one of now towards before, and the other way round.
    const near = wilson(hits, now.length, params.z)[worse === 1 ? 0 : 1];
    const nearBefore = wilson(hitsBefore, before.length, params.z)[worse === 1 ? 1 : 0];
    const low = change - Math.hypot(share - near, shareBefore - nearBefore);
    if (change > 0 && low >= params.least)
      found.push({ group, sessions: now.length, hits, sessionsBefore: before.length, hitsBefore, low });
  }
  return found.sort((a, b) => b.low - a.low);
}

/** Groups whose share of exhausted sessions in the last window is over `bound` for sure, worst first. */
export function usedUp(
  rows: readonly Judged[],
  { windowMs, leastSessions, bound, z, nowMs }: Omit<WindowParams, 'windows' | 'least'> & { bound: number },
): { group: string | null; sessions: number; hits: number; low: number }[] {
  const judged = rows.filter((row) => row.verdict !== 'infra_error' && row.at !== null && row.at <= nowMs);
  const from = Math.max(...judged.map((row) => row.at!)) - windowMs;
  return [...new Set(judged.map((row) => row.group))]
    .map((group) => {
      const own = judged.filter((row) => row.group === group && row.at! > from);
      const hits = own.filter((row) => row.verdict === 'max_iter_exhausted').length;
      return { group, sessions: own.length, hits, low: own.length === 0 ? 0 : wilson(hits, own.length, z)[0] };
    })
    .filter(({ sessions, hits, low }) => sessions >= Math.max(leastSessions, 1) && hits > 0 && low > bound)
    .sort((a, b) => b.low - a.low);
}

export const isRejected = ({ verdict, iterations }: Judged): boolean => verdict !== 'accepted' || iterations! > 1;
export const isFirstShot = ({ verdict, iterations }: Judged): boolean => verdict === 'accepted' && iterations === 1;

/** Both ends of the Wilson score interval of hits in n. */
function wilson(hits: number, n: number, z: number): [number, number] {
  const centre = (hits + (z * z) / 2) / (n + z * z);
  const half = (z / (n + z * z)) * Math.sqrt((hits * (n - hits)) / n + (z * z) / 4);
  return [centre - half, centre + half];
}
