// Numbers that would not survive being parsed and written again. A recorder must not round what it was given.

/** The first number of a JSON text whose digits a double cannot keep, null when there is none. */
export function lossyNumber(json: string): string | null {
  // Only long runs of digits can lose any; most records have none.
  if (!/[\d.]{16,}|\de[+-]?\d{3}/i.test(json)) return null;
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g)) {
    if (token.startsWith('"')) continue;
    const number = Number(token);
    const whole = /^(-?\d+)(?:\.0+)?$/.exec(token);
    if (!Number.isFinite(number)) return token;
    if (whole !== null) {
      // A double printed in full may end in zeros that stand for other digits; it comes back as the same text.
      if (BigInt(whole[1]!) !== BigInt(number) && whole[1] !== String(number)) return token;
    } else if (significantDigits(token) > 17 || (number === 0 && significantDigits(token) > 0)) return token;
  }
  return null;
}

/** A double holds 15 to 17 decimal digits. */
function significantDigits(token: string): number {
  return token
    .replace(/[eE].*$/, '')
    .replace(/[-.]/g, '')
    .replace(/^0+/, '')
    .replace(/0+$/, '').length;
}
