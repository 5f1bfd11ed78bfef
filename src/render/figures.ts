// Figures for people: counts with thousands, words that agree with them, sizes. Fixed to English, so that output does not change with the machine's locale.

/** 1234567 → "1,234,567". */
export function count(number: number): string {
  const [whole = '', fraction] = String(number).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** (1, "row") → "1 row", (1234, "row") → "1,234 rows"; an irregular plural is given. */
export function counted(number: number, noun: string, plural = `${noun}s`): string {
  return `${count(number)} ${number === 1 ? noun : plural}`;
}

/** A number of a chart: six digits that count, thousands in commas, very large and very small ones with an exponent. */
export function figure(number: number): string {
  const size = Math.abs(number);
  if (size >= 1e15 || (size < 1e-6 && size > 0)) return number.toExponential(2).replace('e+', 'e');
  if (Number.isInteger(number)) return count(number);
  return count(Number(size >= 100_000 ? number.toFixed(1) : number.toPrecision(6)));
}

/** Bytes in powers of 1024 with the unit that says so: "512 B", "1.4 KiB", "50 MiB". */
export function humanBytes(bytes: number): string {
  let value = bytes;
  let step = 0;
  while (value >= 1024 && step < units.length - 1) {
    value /= 1024;
    step++;
  }
  // 1023.96 KiB would round to "1024 KiB": it is 1 MiB.
  if (step > 0 && step < units.length - 1 && Math.round(value * 10) >= 10_240) {
    value /= 1024;
    step++;
  }
  return step === 0 ? `${count(value)} B` : `${count(Number(value.toFixed(value < 100 ? 1 : 0)))} ${units[step]}`;
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;
