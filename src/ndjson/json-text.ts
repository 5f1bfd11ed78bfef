// JSON at the level of bytes and characters: what JSON.parse does not tell. Where a value ends, why it breaks, which keys come twice, which escapes are no
// characters. The grammar is RFC 8259 plus NaN and Infinity, because DuckDB's reader takes them and Python writes them; trailing commas, which DuckDB
// takes too, are refused: no JSON writer makes them. Nothing here is recursive, so no depth of nesting can overflow the stack.

/** Why a walk ended in front of the value's end: the bytes ran out, or a byte cannot stand where it stands. */
export type WalkFailure = 'syntax' | 'control' | 'utf8' | 'surrogate';
export type WalkResult = 'whole' | 'cut' | 'bad';

/** One walk over one JSON value. `walk` may be called again with the next bytes after `cut` when `midToken` is false: line ends are white space then. */
export class JsonWalk {
  /** Where the walk stands: behind the value (whole), at the end (cut), at the byte that cannot be there (bad). */
  at = 0;
  failure: WalkFailure | null = null;
  /** Cut inside a string, a number or a literal. */
  midToken = false;
  /** Byte ranges of NaN and Infinity literals. */
  readonly nonFinite: [start: number, end: number][] = [];
  readonly #starts: number[] = [];
  readonly #objects: boolean[] = [];
  readonly #visited: Uint8Array | undefined;
  #expect: Expect = expectValue;
  #closedStart = -1;
  #closedEnd = -1;

  /** `visited`: set to 1 at the index of every `{` that opened an object in this walk. */
  constructor(visited?: Uint8Array) {
    this.#visited = visited;
  }

  /** Start of the object whose closing brace is the last byte before `end`, or -1. */
  objectClosedAt(end: number): number {
    return this.#closedEnd === end ? this.#closedStart : -1;
  }

  walk(bytes: Uint8Array, from: number, to: number): WalkResult {
    let at = from;
    for (;;) {
      while (at < to && isJsonSpace(bytes[at] as number)) at += 1;
      this.at = at;
      if (at >= to) return 'cut';
      const byte = bytes[at] as number;
      switch (this.#expect) {
        case expectKeyOrEnd:
        case expectKey:
          if (byte === quote) {
            at = this.#string(bytes, at, to);
            if (at < 0) return this.failure === null ? 'cut' : 'bad';
            this.#expect = expectColon;
            continue;
          }
          if (byte === braceClose && this.#expect === expectKeyOrEnd) break;
          return this.#bad('syntax', bytes, at);
        case expectColon:
          if (byte !== colon) return this.#bad('syntax', bytes, at);
          this.#expect = expectValue;
          at += 1;
          continue;
        case expectCommaOrEnd: {
          const inObject = this.#objects[this.#objects.length - 1] as boolean;
          if (byte === comma) {
            this.#expect = inObject ? expectKey : expectValue;
            at += 1;
            continue;
          }
          if (byte === (inObject ? braceClose : bracketClose)) break;
          return this.#bad('syntax', bytes, at);
        }
        default:
          if (byte === bracketClose && this.#expect === expectValueOrEnd) break;
          if (byte === braceOpen || byte === bracketOpen) {
            if (byte === braceOpen && this.#visited !== undefined) this.#visited[at] = 1;
            this.#starts.push(at);
            this.#objects.push(byte === braceOpen);
            this.#expect = byte === braceOpen ? expectKeyOrEnd : expectValueOrEnd;
            at += 1;
            continue;
          }
          at = byte === quote ? this.#string(bytes, at, to) : this.#scalar(bytes, at, to);
          if (at < 0) return this.failure === null ? 'cut' : 'bad';
          if (this.#starts.length === 0) {
            this.at = at;
            return 'whole';
          }
          this.#expect = expectCommaOrEnd;
          continue;
      }
      // A container closes.
      at += 1;
      const start = this.#starts.pop() as number;
      if (this.#objects.pop()) {
        this.#closedStart = start;
        this.#closedEnd = at;
      }
      if (this.#starts.length === 0) {
        this.at = at;
        return 'whole';
      }
      this.#expect = expectCommaOrEnd;
    }
  }

  #bad(failure: WalkFailure, bytes: Uint8Array, at: number): 'bad' {
    this.at = at;
    // A byte that is no UTF-8 anywhere is named as such, wherever it stands.
    this.failure =
      failure === 'syntax' && (bytes[at] as number) >= 0x80 && utf8Length(bytes, at, bytes.length) === 0
        ? 'utf8'
        : failure;
    return 'bad';
  }

  #cut(at: number): -1 {
    this.at = at;
    this.midToken = true;
    return -1;
  }

  #fail(failure: WalkFailure, bytes: Uint8Array, at: number): -1 {
    this.#bad(failure, bytes, at);
    return -1;
  }

  /** Behind the closing quote, or -1. */
  #string(bytes: Uint8Array, start: number, to: number): number {
    let at = start + 1;
    while (at < to) {
      const byte = bytes[at] as number;
      if (byte === quote) return at + 1;
      if (byte === backslash) {
        if (at + 1 >= to) return this.#cut(to);
        const escaped = bytes[at + 1] as number;
        if (escaped !== letterU) {
          if (!simpleEscapes.has(escaped)) return this.#fail('syntax', bytes, at);
          at += 2;
          continue;
        }
        const unit = hexUnit(bytes, at, to);
        if (unit === null) return this.#fail('syntax', bytes, at);
        if (unit === undefined) return this.#cut(to);
        if (unit >= 0xdc00 && unit <= 0xdfff) return this.#fail('surrogate', bytes, at);
        if (unit >= 0xd800 && unit <= 0xdbff) {
          const low = hexUnit(bytes, at + 6, to);
          if (low === undefined) return this.#cut(to);
          if (low === null || low < 0xdc00 || low > 0xdfff) return this.#fail('surrogate', bytes, at);
          at += 12;
        } else at += 6;
      } else if (byte < 0x20) return this.#fail('control', bytes, at);
      else if (byte < 0x80) at += 1;
      else {
        const length = utf8Length(bytes, at, to);
        if (length === 0) return this.#fail('utf8', bytes, at);
        if (length < 0) return this.#cut(to);
        at += length;
      }
    }
    return this.#cut(to);
  }

  /** Behind a number or a literal, or -1. */
  #scalar(bytes: Uint8Array, start: number, to: number): number {
    const negative = bytes[start] === minus;
    let at = negative ? start + 1 : start;
    if (at >= to) return this.#cut(to);
    if (!isDigit(bytes[at] as number)) return this.#literal(bytes, start, at, to, negative);
    // Behind a zero no digit may follow: the next byte is judged by the caller.
    at = bytes[at] === zero ? at + 1 : behindDigits(bytes, at, to);
    if (at < to && bytes[at] === point) {
      const digits = at + 1;
      at = behindDigits(bytes, digits, to);
      if (at === digits) return at >= to ? this.#cut(to) : this.#fail('syntax', bytes, at);
    }
    if (at < to && ((bytes[at] as number) | 0x20) === letterE) {
      let digits = at + 1;
      if (digits < to && (bytes[digits] === plus || bytes[digits] === minus)) digits += 1;
      at = behindDigits(bytes, digits, to);
      if (at === digits) return at >= to ? this.#cut(to) : this.#fail('syntax', bytes, at);
    }
    return at;
  }

  #literal(bytes: Uint8Array, start: number, at: number, to: number, negative: boolean): number {
    let runsOut = false;
    for (const { word, nonFinite } of literals) {
      if (negative && !nonFinite) continue;
      const matched = matchedLength(bytes, at, to, word, nonFinite);
      if (matched === word.length) {
        if (nonFinite) this.nonFinite.push([start, at + matched]);
        return at + matched;
      }
      runsOut ||= at + matched === to;
    }
    return runsOut ? this.#cut(to) : this.#fail('syntax', bytes, at);
  }
}

/** White space of JSON: space, tab, line feed, carriage return. */
function isJsonSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** White space around a value: DuckDB's reader also skips vertical tab and form feed there. */
export function isOuterSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

/** Whether valid JSON text holds a \u escape of half a surrogate pair: JSON.parse takes it, DuckDB does not, and UTF-8 cannot hold it. */
export function hasLoneSurrogate(text: string): boolean {
  let at = text.indexOf('\\');
  while (at >= 0) {
    let next = at + 2;
    if (text.charCodeAt(at + 1) === letterU) {
      next = at + 6;
      const unit = Number.parseInt(text.slice(at + 2, next), 16);
      if (unit >= 0xdc00 && unit <= 0xdfff) return true;
      if (unit >= 0xd800 && unit <= 0xdbff) {
        const low = text.startsWith('\\u', next) ? Number.parseInt(text.slice(next + 2, next + 6), 16) : 0;
        if (low < 0xdc00 || low > 0xdfff) return true;
        next += 6;
      }
    }
    at = text.indexOf('\\', next);
  }
  return false;
}

/** How many members the object in `text` has at its top level, counting a key as often as it stands there. `text` is one valid JSON object. */
export function memberCount(text: string): number {
  let members = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case quote:
        at = closingQuote(text, at);
        break;
      case braceOpen:
      case bracketOpen:
        depth += 1;
        break;
      case braceClose:
      case bracketClose:
        depth -= 1;
        break;
      case colon:
        if (depth === 1) members += 1;
    }
  }
  return members;
}

/** The object in `text` with only the first member of every top-level key, and the keys that came again, in order. `text` is one valid JSON object. */
export function firstMembersOnly(text: string): { text: string; duplicateKeys: string[] } {
  const seen = new Set<string>();
  const duplicateKeys = new Set<string>();
  let kept = '';
  let copiedTo = 0;
  let depth = 0;
  let separator = 0;
  let key: string | undefined;
  let duplicate = false;
  const memberEnds = (at: number): void => {
    if (duplicate) {
      kept += text.slice(copiedTo, separator);
      copiedTo = at;
    }
    duplicate = false;
    key = undefined;
    separator = at;
  };
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case quote: {
        const end = closingQuote(text, at);
        if (depth === 1 && key === undefined) {
          key = JSON.parse(text.slice(at, end + 1)) as string;
          duplicate = seen.has(key);
          (duplicate ? duplicateKeys : seen).add(key);
        }
        at = end;
        break;
      }
      case braceOpen:
      case bracketOpen:
        depth += 1;
        break;
      case bracketClose:
        depth -= 1;
        break;
      case braceClose:
        if (depth === 1) memberEnds(at);
        depth -= 1;
        break;
      case comma:
        if (depth === 1) memberEnds(at);
    }
  }
  return { text: kept + text.slice(copiedTo), duplicateKeys: [...duplicateKeys] };
}

type Expect = number;
const expectValue = 0;
const expectValueOrEnd = 1;
const expectKeyOrEnd = 2;
const expectKey = 3;
const expectColon = 4;
const expectCommaOrEnd = 5;

const quote = 0x22;
const plus = 0x2b;
const comma = 0x2c;
const minus = 0x2d;
const point = 0x2e;
const zero = 0x30;
const colon = 0x3a;
const bracketOpen = 0x5b;
const backslash = 0x5c;
const bracketClose = 0x5d;
const letterE = 0x65;
const letterU = 0x75;
const braceOpen = 0x7b;
const braceClose = 0x7d;

const simpleEscapes: ReadonlySet<number> = new Set(Buffer.from('"\\/bfnrt'));

/** In any case of letters when not finite, as DuckDB reads them; `infinity` stands before its own head. */
const literals = [
  { word: Buffer.from('true'), nonFinite: false },
  { word: Buffer.from('false'), nonFinite: false },
  { word: Buffer.from('null'), nonFinite: false },
  { word: Buffer.from('nan'), nonFinite: true },
  { word: Buffer.from('infinity'), nonFinite: true },
  { word: Buffer.from('inf'), nonFinite: true },
] as const;

function matchedLength(bytes: Uint8Array, at: number, to: number, word: Uint8Array, anyCase: boolean): number {
  let length = 0;
  while (length < word.length && at + length < to) {
    const byte = bytes[at + length] as number;
    if ((anyCase ? byte | 0x20 : byte) !== word[length]) break;
    length += 1;
  }
  return length;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function behindDigits(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && isDigit(bytes[at] as number)) at += 1;
  return at;
}

/** The code unit of the \u escape at `at`; null when there is none, undefined when the bytes end inside it. */
function hexUnit(bytes: Uint8Array, at: number, to: number): number | null | undefined {
  let unit = 0;
  for (let index = 0; index < 6; index += 1) {
    if (at + index >= to) return undefined;
    const byte = bytes[at + index] as number;
    if (index === 0 ? byte !== backslash : index === 1 && byte !== letterU) return null;
    if (index < 2) continue;
    const lower = byte | 0x20;
    if (isDigit(byte)) unit = unit * 16 + byte - zero;
    else if (lower >= 0x61 && lower <= 0x66) unit = unit * 16 + lower - 0x57;
    else return null;
  }
  return unit;
}

/** Bytes of the UTF-8 sequence that starts at `at` (a byte from 0x80 on); 0 when it is none, -1 when the bytes end inside it. Table 3-7 of the Unicode standard. */
function utf8Length(bytes: Uint8Array, at: number, to: number): number {
  const lead = bytes[at] as number;
  const length =
    lead >= 0xc2 && lead <= 0xdf ? 2 : lead >= 0xe0 && lead <= 0xef ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
  for (let index = 1; index < length; index += 1) {
    if (at + index >= to) return -1;
    const byte = bytes[at + index] as number;
    const low = index > 1 ? 0x80 : lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
    const high = index > 1 ? 0xbf : lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
    if (byte < low || byte > high) return 0;
  }
  return length;
}

/** Index of the quote that closes the string opened at `open`. */
function closingQuote(text: string, open: number): number {
  let at = open;
  for (;;) {
    at = text.indexOf('"', at + 1);
    let before = at - 1;
    while (text.charCodeAt(before) === backslash) before -= 1;
    if ((at - before) % 2 === 1) return at;
  }
}
