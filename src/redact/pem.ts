// PEM private keys (RFC 7468): everything from the BEGIN line to the END line. A key whose end was cut off loses the lines of base64 that follow its BEGIN.
import { REDACTED } from './marker.ts';

/** The text with every private key replaced; `seen` is told of each. */
export function replacePem(text: string, seen: () => void): string {
  if (!text.includes('PRIVATE KEY')) return text;
  let result = '';
  let done = 0;
  let endsFrom = 0;
  begin.lastIndex = 0;
  for (let match = begin.exec(text); match !== null; match = begin.exec(text)) {
    if (match.index < done) continue;
    const bodyAt = match.index + match[0].length;
    // A search that found no END is not made again: many BEGINs without an END must not cost a scan each.
    const endAt = endsFrom === -1 ? -1 : endOfKey(text, bodyAt);
    if (endAt === -1) endsFrom = -1;
    result += text.slice(done, match.index) + REDACTED;
    done = endAt === -1 ? endOfBase64(text, bodyAt) : endAt;
    begin.lastIndex = done;
    seen();
  }
  return result + text.slice(done);
}

const begin = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;

function endOfKey(text: string, from: number): number {
  end.lastIndex = from;
  const match = end.exec(text);
  return match === null ? -1 : end.lastIndex;
}

const end = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;

function endOfBase64(text: string, from: number): number {
  base64Lines.lastIndex = from;
  base64Lines.exec(text);
  return Math.max(from, base64Lines.lastIndex);
}

// Lines may be parted by real newlines or by the two characters of an escaped one.
const base64Lines = /(?:(?:\s|\\[nrt])*[A-Za-z0-9+/=]{20,})*/y;
