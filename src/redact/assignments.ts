// Secrets that a name in running text gives away: `"password": "…"` in a piece of JSON, `API_KEY=…`, `--token …`, `x-api-key: …`, `Authorization: Bearer …`.
// Prose is left alone: behind an unquoted name and a colon only a value that looks like a secret counts, so `password: required` and
// `Unexpected token: foo` stay. Only the names are searched for; each is then read with bounded steps, so the work is linear.
import { redactNameUnitsMax } from '../limits.ts';
import { REDACTED } from './marker.ts';
import { isSecretKey, wordsOf } from './names.ts';

/** The text with the value behind every secret name replaced, and the credentials of every `Bearer …`. */
export function redactAssignments(text: string): string {
  return redactBearer(redactNamed(text));
}

function redactNamed(text: string): string {
  let result = '';
  let done = 0;
  secretWord.lastIndex = 0;
  for (let match = secretWord.exec(text); match !== null; match = secretWord.exec(text)) {
    const value = valueBehind(text, match.index, secretWord.lastIndex, done);
    if (value === undefined) continue;
    if (text.slice(value.from, value.to) !== value.put) {
      result += text.slice(done, value.from) + value.put;
      done = value.to;
    }
    secretWord.lastIndex = Math.max(secretWord.lastIndex, value.to);
  }
  return done === 0 ? text : result + text.slice(done);
}

// At least one of these is in every name that isSecretKey or isSecretHeader accepts.
const secretWord =
  /secret|passw(?:or)?d|passphrase|authori[sz]ation|credential|token|api[-_. ]?key|(?:private|signing)[-_. ]?key|cookie/gi;

interface Value {
  from: number;
  to: number;
  put: string;
}

/** What the name around text[wordFrom, wordTo) assigns, if it is a secret. */
function valueBehind(text: string, wordFrom: number, wordTo: number, floor: number): Value | undefined {
  let from = wordFrom;
  while (from > floor && wordFrom - from < redactNameUnitsMax && isNameUnit(text.charCodeAt(from - 1))) from -= 1;
  let to = wordTo;
  while (to < text.length && to - wordTo < redactNameUnitsMax && isNameUnit(text.charCodeAt(to))) to += 1;
  const full = text.slice(from, to);
  const name = full.replace(/^[-.]+|[-.]+$/g, '');
  const header = headerNames.has(name.toLowerCase());
  if (!header && !isSecretKey(name)) return undefined;

  separator.lastIndex = to;
  const found = separator.exec(text);
  if (found === null) return full.startsWith('--') ? flagValue(text, to, name) : undefined;
  const [whole, quote = '', sign] = found as unknown as [string, string | undefined, string];
  const at = to + whole.length;
  const behindQuoted = quote === '' ? undefined : (quotedOrNumber(text, at) ?? container(text, at, quote));
  if (behindQuoted !== undefined) return behindQuoted;
  if (/authori[sz]ation$/i.test(name)) return authorizationValue(text, at);
  if (/cookie$/i.test(name)) return cookieValue(text, at);
  const quoted = quotedValue(text, at);
  if (quoted !== undefined) {
    const inside = text.slice(quoted.from, quoted.to);
    return sign !== ':' || looksSecret(inside, 6) ? quoted : undefined;
  }
  const tight = sign === '=' && whole === '=';
  if (isPlaceholderAt(text, at)) return undefined;
  if (header && /^x-/i.test(name)) return bareRun(text, at);
  const bareToken = /^token$/i.test(name);
  if ((bareToken || !tight) && isCodeAt(text, at)) return undefined;
  const run = bareRun(text, at);
  if (run === undefined) return undefined;
  return tight || looksSecret(text.slice(run.from, run.to), bareToken ? 16 : 6) ? run : undefined;
}

const headerNames = new Set(['x-api-key', 'api-key', 'authorization', 'proxy-authorization', 'cookie', 'set-cookie']);

/** Letters, digits, `_`, `-`, `.`: what names are made of. */
function isNameUnit(unit: number): boolean {
  return (
    (unit >= 97 && unit <= 122) ||
    (unit >= 65 && unit <= 90) ||
    (unit >= 48 && unit <= 57) ||
    unit === 95 ||
    unit === 45 ||
    unit === 46
  );
}

// A closing quote, escaped or not, then `:`, `=`, `:=` or `=>`, with little space around. Never over a line's end.
const separator = /((?:\\{1,7})?["'])?[ \t]{0,8}(:=|=>|[:=])(?![:=])[ \t]{0,8}/y;

function flagValue(text: string, at: number, name: string): Value | undefined {
  if (text[at] !== ' ' || notTheSecret.has(wordsOf(name).at(-1) ?? '')) return undefined;
  const quoted = quotedValue(text, at + 1);
  if (quoted !== undefined) return quoted;
  return text[at + 1] === '-' || isPlaceholderAt(text, at + 1) ? undefined : bareRun(text, at + 1);
}

const notTheSecret = new Set(['file', 'path', 'dir', 'stdin', 'name', 'id', 'env', 'type', 'count', 'url']);

/** `Bearer x` keeps its scheme; schemes with parameters lose the rest of the line. */
function authorizationValue(text: string, at: number): Value | undefined {
  const quoted = quotedValue(text, at);
  const from = quoted?.from ?? at;
  scheme.lastIndex = from;
  const found = scheme.exec(text);
  const credentials = scheme.lastIndex;
  if (found !== null && (quoted === undefined || credentials < quoted.to)) {
    if (isPlaceholderAt(text, credentials)) return undefined;
    if (quoted !== undefined) return { from: credentials, to: quoted.to, put: REDACTED };
    if (/^(?:bearer|basic|token|apikey|api-key|key)$/i.test(found[1] as string)) return bareRun(text, credentials);
    return { from: credentials, to: endOfLine(text, credentials), put: REDACTED };
  }
  if (quoted !== undefined) return quoted;
  if (isPlaceholderAt(text, at)) return undefined;
  const run = bareRun(text, at);
  return run !== undefined && looksSecret(text.slice(run.from, run.to), 6) ? run : undefined;
}

const scheme = /(bearer|basic|token|apikey|api-key|key|digest|negotiate|ntlm|oauth|hawk|aws4-hmac-sha256)[ \t]{1,8}/iy;

/** `Cookie: a=b; c=d` loses the rest of the line; a cookie that names no value is a biscuit. */
function cookieValue(text: string, at: number): Value | undefined {
  const quoted = quotedValue(text, at);
  const from = quoted?.from ?? at;
  if (text.startsWith(REDACTED, from)) return { from, to: from + REDACTED.length, put: REDACTED };
  pair.lastIndex = from;
  return pair.test(text) ? { from, to: quoted?.to ?? endOfLine(text, from), put: REDACTED } : undefined;
}

const pair = /[\w.-]{1,128}=[^\s;]/y;

/** Up to the line's end or a quote, which in a command line ends the header. */
function endOfLine(text: string, at: number): number {
  lineRest.lastIndex = at;
  lineRest.exec(text);
  return Math.max(at, lineRest.lastIndex);
}

const lineRest = /[^\r\n"'`\\]*/y;

function quotedOrNumber(text: string, at: number): Value | undefined {
  const quoted = quotedValue(text, at);
  if (quoted !== undefined) return quoted;
  number.lastIndex = at;
  return number.test(text) ? { from: at, to: number.lastIndex, put: `"${REDACTED}"` } : undefined;
}

const number = /-?\d[\d.eE+-]*/y;

/** The inside of a quoted text that begins at `at`; without a closing quote, all the rest. Nothing to hide: undefined. */
function quotedValue(text: string, at: number): Value | undefined {
  opening.lastIndex = at;
  const open = opening.exec(text);
  if (open === null) return undefined;
  const from = opening.lastIndex;
  const mark = open[0];
  const to = closingQuote(text, from, mark);
  return to === from || text.startsWith(REDACTED + mark, from)
    ? { from, to: from, put: '' }
    : { from, to, put: REDACTED };
}

const opening = /(?:\\{1,7})?["'`]/y;

/** A quote closes when it has as many backslashes before it as the one that opened; more of them belong to the value. */
function closingQuote(text: string, from: number, mark: string): number {
  const quote = mark.at(-1) as string;
  const slashes = mark.length - 1;
  for (let at = text.indexOf(quote, from); at !== -1; at = text.indexOf(quote, at + 1)) {
    let before = 0;
    while (at - before > from && text[at - before - 1] === '\\') before += 1;
    if (before === slashes) return at - before;
    if (slashes === 0 && before % 2 === 0) return at;
  }
  return text.length;
}

/** A whole object or list behind a quoted secret name; what is not closed goes to the end. `mark` is the quote of that name, escaped or not. */
function container(text: string, at: number, mark: string): Value | undefined {
  if (text[at] !== '{' && text[at] !== '[') return undefined;
  if (text.startsWith(REDACTED, at)) return { from: at, to: at + REDACTED.length, put: REDACTED };
  let depth = 0;
  for (let to = at; to < text.length; to += 1) {
    const unit = text[to] as string;
    if (unit === '{' || unit === '[') depth += 1;
    else if (unit === '}' || unit === ']') depth -= 1;
    else if (unit === mark[0] && text.startsWith(mark, to))
      to = closingQuote(text, to + mark.length, mark) + mark.length - 1;
    if (depth === 0) return { from: at, to: to + 1, put: `"${REDACTED}"` };
  }
  return { from: at, to: text.length, put: `"${REDACTED}"` };
}

/** A value without quotes: up to white space, a quote, `&`, `<`, `>`; a sentence's punctuation behind it is not part of it. */
function bareRun(text: string, at: number): Value | undefined {
  run.lastIndex = at;
  if (!run.test(text)) return undefined;
  let to = run.lastIndex;
  const marked = text.startsWith(REDACTED, at);
  const floor = marked ? at + REDACTED.length : at;
  while (to > floor && '.,;:!?)]}'.includes(text[to - 1] as string)) to -= 1;
  return to === at ? undefined : { from: at, to, put: REDACTED };
}

const run = /[^\s"'`&<>\\]+/y;

/** Nothing is given away by a variable, a template or a word for nothing. Looks at the value's beginning only: it may be as long as the text. */
function isPlaceholderAt(text: string, at: number): boolean {
  placeholder.lastIndex = at;
  return placeholder.test(text);
}

const placeholder =
  /\$|\{\{|%|\*{3}|\.{3}|process\.env\b|import\.meta\.env\b|os\.(?:environ|getenv)\b|(?:x{3,16}|null|none|nil|undefined|true|false)(?![^\s"'`&<>\\.,;:!?)\]}])/iy;

/** `token=tokens[0]`, `secret = readSecret(x)`: code or a word, not a secret. */
function isCodeAt(text: string, at: number): boolean {
  code.lastIndex = at;
  return code.test(text);
}

const code = /[A-Za-z_]{1,32}(?:\.[A-Za-z_]{1,32}){0,4}(?:[([]|(?![^\s"'`&<>\\,;:!?)\]}]))/y;

/** Long enough and not a word of prose: it holds a digit or a sign that words do not have, or is longer than words are. */
function looksSecret(value: string, unitsMin: number): boolean {
  if (value === REDACTED || value.length < unitsMin || isPlaceholderAt(value, 0)) return false;
  if (/\s/.test(value)) return false;
  return /\d/.test(value) || (/[^A-Za-z.'’-]/.test(value) && value.length >= 8) || value.length >= 24;
}

/** `Bearer abc123…` without a header's name before it. */
function redactBearer(text: string): string {
  return text.replace(bearer, (whole, word: string, value: string, offset: number) => {
    const alone = offset === 0 && whole.length === text.trimEnd().length;
    const secret = alone || (/\d/.test(value) && value.length >= 8) || value.length >= 24;
    return secret ? word + REDACTED : whole;
  });
}

const bearer = /(?<![A-Za-z])(bearer[ \t]{1,8})([A-Za-z0-9._~+/=-]{6,})/gi;
