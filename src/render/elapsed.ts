// Times between moments for people: two figures that count, in the unit that fits.

/** 0.4 → "0.4 ms", 812 → "812 ms", 3204 → "3.20 s", 125000 → "2m 05s", 11520000 → "3h 12m", 3 days → "3d 00h". */
export function elapsed(ms: number): string {
  const sign = ms < 0 ? '-' : '';
  const size = Math.abs(ms);
  if (size < 10 && !Number.isInteger(size)) return `${sign}${size.toFixed(1)} ms`;
  if (Math.round(size) < 1_000) return `${sign}${Math.round(size)} ms`;
  if (size < 59_995) return `${sign}${(size / 1_000).toFixed(2)} s`;
  const seconds = Math.round(size / 1_000);
  if (seconds < 3_600) return `${sign}${Math.floor(seconds / 60)}m ${two(seconds % 60)}s`;
  const minutes = Math.round(size / 60_000);
  if (minutes < 1_440) return `${sign}${Math.floor(minutes / 60)}h ${two(minutes % 60)}m`;
  const hours = Math.round(size / 3_600_000);
  return `${sign}${Math.floor(hours / 24)}d ${two(hours % 24)}h`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
