// Which names promise a secret: JSON keys, header names, query parameters. A name is judged by its words, so snake_case, camelCase, kebab-case and
// a dotted path (flat attributes nest by dots) say the same thing. Counters of model tokens (prompt_tokens, max_tokens, usage.*) are no secrets.
import { redactNamesMax, redactNameUnitsMax } from '../limits.ts';

/** Where a name stands: inside an object of headers the header rule holds, inside a usage object numbers are counters. */
export type Place = 'plain' | 'headers' | 'usage';

export interface NameVerdict {
  /** The value under this name is to be replaced. */
  secret: boolean;
  /** Where the names below this one stand. */
  below: Place;
}

/** What a JSON key means for its value. Remembered, so that on the path of every record it costs one look-up. */
export function judgeName(name: string, place: Place): NameVerdict {
  const known = remembered[place];
  const found = known.get(name);
  if (found !== undefined) return found;
  const verdict: NameVerdict = {
    secret: place === 'headers' ? isSecretHeader(name) : isSecretKey(name),
    below: placeBelow(name, place),
  };
  if (name.length <= redactNameUnitsMax) {
    if (known.size >= redactNamesMax) known.clear();
    known.set(name, verdict);
  }
  return verdict;
}

/** Whether a JSON key (or a variable, or a flag) promises a secret. */
export function isSecretKey(name: string): boolean {
  if (secretParts.test(name)) return true;
  if (name.length > redactNameUnitsMax) return false;
  const leaf = name.slice(name.lastIndexOf('.') + 1);
  const words = wordsOf(leaf);
  if (secretNames.has(words.join(''))) return !words.join('').endsWith('token') || !/(?:^|\.)usage\./i.test(name);
  const last = words.at(-1) ?? '';
  if (last === 'apikey') return true;
  if (words.length > 2 && secretPairs.has(`${words.at(-2)}${last}`)) return true;
  const parent = name.slice(0, Math.max(0, name.length - leaf.length - 1));
  return parent !== '' && /(?:^|[._])headers?$/i.test(parent) && isSecretHeader(leaf);
}

/** Whether a header's value is a secret. Rate-limit headers name tokens but hold numbers worth keeping. */
export function isSecretHeader(name: string): boolean {
  const lower = name.trim().toLowerCase();
  if (secretHeaders.has(lower)) return true;
  if (/rate-?limit/.test(lower)) return false;
  return /api[-_]?key|token|secret|bearer/.test(lower) || secretParts.test(lower);
}

/** Whether a URL's query (or fragment) parameter holds a secret. Besides the key rule: anything with token in it, and the names of signatures. */
export function isSecretParameter(name: string): boolean {
  const decoded = decodeName(name);
  if (isSecretKey(decoded)) return true;
  const words = wordsOf(decoded.slice(0, redactNameUnitsMax));
  const last = words.at(-1);
  if (last === 'sig' || last === 'signature' || secretParameters.has(words.join(''))) return true;
  return /token/i.test(decoded) && last !== 'tokens';
}

/** The words of a name in lower case: `openaiAPIKey`, `OPENAI_API_KEY` and `openai-api-key` are [openai, api, key]. */
export function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}

// A secretary is a person.
const secretParts = /secret(?!ar)|passw(?:or)?d|passphrase|authori[sz]ation|credential/i;

const secretPairs = new Set([
  'accesstoken',
  'refreshtoken',
  'idtoken',
  'apitoken',
  'authtoken',
  'bearertoken',
  'sessiontoken',
  'securitytoken',
  'apikey',
  'privatekey',
  'signingkey',
  'secretkey',
]);
const secretNames = new Set(['token', ...secretPairs]);

const secretHeaders = new Set(['authorization', 'x-api-key', 'api-key', 'proxy-authorization', 'cookie', 'set-cookie']);

const secretParameters = new Set(['key', 'auth', 'jwt', 'pass', 'pwd']);

const remembered: Record<Place, Map<string, NameVerdict>> = {
  plain: new Map(),
  headers: new Map(),
  usage: new Map(),
};

function placeBelow(name: string, place: Place): Place {
  if (name.length > redactNameUnitsMax) return place;
  const last = wordsOf(name).at(-1);
  if (last === 'headers' || last === 'header') return 'headers';
  if (last === 'usage') return 'usage';
  return place;
}

function decodeName(name: string): string {
  if (!name.includes('%')) return name;
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
