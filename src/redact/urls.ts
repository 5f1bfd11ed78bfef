// Secrets in URLs: user info, and query or fragment parameters whose name promises a secret. The text is edited in place and never normalised,
// so a URL without secrets comes back byte for byte.
import { REDACTED } from './marker.ts';
import { isSecretParameter } from './names.ts';

/**
 * One URL (absolute, relative, or only its query) with user info and the values of sensitive parameters replaced:
 * `https://me:pw@host/a?token=x&n=1` → `https://[REDACTED]@host/a?token=[REDACTED]&n=1`.
 */
export function redactUrl(url: string): string {
  const bare = withoutUserInfo(url);
  const queryAt = firstOf(bare, 0, '?#');
  return queryAt === -1 ? bare : bare.slice(0, queryAt) + withoutSecretParameters(bare.slice(queryAt));
}

/** Every absolute URL inside a text, treated as by redactUrl. */
export function redactUrlsIn(text: string): string {
  let result = '';
  let done = 0;
  for (let at = text.indexOf('://'); at !== -1; at = text.indexOf('://', Math.max(done, at + 3))) {
    const start = startOfScheme(text, at, done);
    if (start === at) continue;
    urlRest.lastIndex = at;
    urlRest.exec(text);
    const end = Math.max(urlRest.lastIndex, at + 3);
    const url = text.slice(start, end);
    result += text.slice(done, start) + redactUrl(url);
    done = end;
  }
  return done === 0 ? text : result + text.slice(done);
}

// What ends a URL in running text. Brackets do not: they stand in IPv6 hosts and in the mark itself.
const urlRest = /[^\s"'`<>\\]*/y;

const schemeUnitsMax = 32;

function startOfScheme(text: string, colon: number, floor: number): number {
  let start = colon;
  while (start > floor && colon - start < schemeUnitsMax && /[A-Za-z0-9+.-]/.test(text[start - 1] as string))
    start -= 1;
  return start;
}

function withoutUserInfo(url: string): string {
  const slashes = url.indexOf('//');
  if (slashes === -1) return url;
  const from = slashes + 2;
  const pathAt = firstOf(url, from, '/?#\\');
  const authorityEnd = pathAt === -1 ? url.length : pathAt;
  let at = url.lastIndexOf('@', authorityEnd);
  // A password with an unescaped `/`, `?` or `#` ends the authority too early: what then looks like a port is none, and the user info goes on to the next @.
  if (at < from && passwordLike.test(url.slice(from, authorityEnd))) at = url.indexOf('@', authorityEnd);
  return at < from ? url : `${url.slice(0, from)}${REDACTED}${url.slice(at)}`;
}

const passwordLike = /^[^[\]:]+:(?!\d*$)/;

/** `tail` begins with `?` or `#`. */
function withoutSecretParameters(tail: string): string {
  let result = '';
  let done = 0;
  parameter.lastIndex = 0;
  for (let match = parameter.exec(tail); match !== null; match = parameter.exec(tail)) {
    const from = parameter.lastIndex;
    if (!isSecretParameter(match[1] as string)) continue;
    const next = firstOf(tail, from, '&#');
    const to = next === -1 ? tail.length : next;
    if (to === from) continue;
    result += tail.slice(done, from) + REDACTED;
    done = to;
    parameter.lastIndex = to;
  }
  return done === 0 ? tail : result + tail.slice(done);
}

const parameter = /[?&#]([^=&#?]{1,128})=/g;

function firstOf(text: string, from: number, characters: string): number {
  for (let at = from; at < text.length; at += 1) if (characters.includes(text[at] as string)) return at;
  return -1;
}
