// Secrets that are recognised by their shape wherever they stand: keys with the prefix their issuer gave them, JSON Web Tokens, PEM private keys.
// Every pattern is a fixed beginning and then as many characters of one class as there are, so that a failed try costs no more than the shortest key:
// the work grows with the length of the text and not faster, whatever the text.
import { REDACTED } from './marker.ts';
import { replacePem } from './pem.ts';

export type KeyShape =
  | 'jwt'
  | 'anthropic'
  | 'openai'
  | 'aws'
  | 'github'
  | 'gitlab'
  | 'slack'
  | 'google'
  | 'stripe'
  | 'npm'
  | 'pypi'
  | 'huggingface'
  | 'sendgrid'
  | 'groq'
  | 'xai'
  | 'pem';

/** The text with every key-shaped secret replaced. */
export function redactKeyShapes(text: string): string {
  return text.length >= shapeUnitsMin && mayHoldKeyShape(text) ? replaceKeyShapes(text, ignore) : text;
}

/**
 * How many key-shaped strings a text holds, by issuer, without saying which. For looking through what is already written.
 * @param text plain text or a raw log line; keys behind JSON escapes such as `\n` are seen.
 */
export function countKeyShapes(text: string): Record<KeyShape, number> {
  const counts = Object.fromEntries(keyShapes.map((name) => [name, 0])) as Record<KeyShape, number>;
  if (mayHoldKeyShape(text))
    replaceKeyShapes(text, (shape) => {
      counts[shape] += 1;
    });
  return counts;
}

/** False: no shape can match. A few times faster than looking for the shapes themselves. */
export function mayHoldKeyShape(text: string): boolean {
  return hint.test(text) && mayHold.test(text);
}

function replaceKeyShapes(text: string, seen: (shape: KeyShape) => void): string {
  let result = replacePem(text, () => seen('pem'));
  for (const shape of shapes) {
    if (!shape.leads.some((lead) => result.includes(lead))) continue;
    result = result.replace(shape.pattern, (match) => {
      if (shape.accept !== undefined && !shape.accept(match)) return match;
      seen(shape.name);
      return REDACTED;
    });
  }
  return result;
}

// Where a key with a short prefix may begin: not in the middle of a word, unless the word is the letter of a JSON escape (`\n`) or the end of a terminal colour.
const border = String.raw`(?:(?<![A-Za-z0-9])|(?<=\\[bfnrt]|\\u[0-9A-Fa-f]{4}|\x1b\[[0-9;]{0,12}m))`;

interface Shape {
  name: KeyShape;
  /** Every match holds one of these. */
  leads: readonly string[];
  pattern: RegExp;
  /** Decides where the pattern alone would also take ordinary words. */
  accept?: (match: string) => boolean;
}

// Prefixes as their issuers document them; lengths are below the real ones, so that shortened and future keys are taken too.
const shapes: readonly Shape[] = [
  {
    // RFC 7519: header.payload.signature, the header being base64url of `{"…`. Five parts: RFC 7516.
    name: 'jwt',
    leads: ['eyJ'],
    pattern: new RegExp(`${border}eyJ[A-Za-z0-9_-]{5,}(?:\\.[A-Za-z0-9_-]*){0,4}`, 'g'),
    accept: (match: string) => /^eyJ[^.]+\.(?:eyJ|[^.]*\.)/.test(match),
  },
  {
    name: 'anthropic',
    leads: ['sk-ant-'],
    pattern: /sk-ant-[A-Za-z0-9_-]{10,}/g,
  },
  {
    // sk-proj-, sk-svcacct-, sk-admin-, sk-or-v1- (OpenRouter), sk-lf- (Langfuse) and plain sk- with an unbroken run: `sk-learn-pipeline-example` is none.
    name: 'openai',
    leads: ['sk-'],
    pattern: new RegExp(`${border}sk-[A-Za-z0-9_-]{16,}`, 'g'),
    accept: (match: string) =>
      /sk-(?:proj|svcacct|admin|None|or-v[0-9]|lf|live|test)-/.test(match) || /[A-Za-z0-9]{16}/.test(match.slice(3)),
  },
  {
    name: 'aws',
    leads: ['AKIA', 'ASIA'],
    pattern: new RegExp(`${border}A(?:KIA|SIA)[A-Z0-9]{16}(?![A-Za-z0-9])`, 'g'),
  },
  {
    name: 'github',
    leads: ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_'],
    pattern: new RegExp(`(?:${border}gh[pousr]_|github_pat_)[A-Za-z0-9_]{20,}`, 'g'),
  },
  {
    name: 'gitlab',
    leads: ['glpat-'],
    pattern: /glpat-[A-Za-z0-9_.-]{16,}/g,
  },
  {
    name: 'slack',
    leads: ['xox', 'xapp-', 'hooks.slack.com/services/'],
    pattern: new RegExp(
      `xox[abcdeoprs](?:-|\\.xox[bp]-)[A-Za-z0-9-]{10,}|${border}xapp-[A-Za-z0-9-]{10,}|(?<=hooks\\.slack\\.com/services/)[A-Z0-9/]{8,30}[A-Za-z0-9]{10,}`,
      'g',
    ),
  },
  {
    // API keys, OAuth access tokens, OAuth client secrets.
    name: 'google',
    leads: ['AIza', 'ya29.', 'GOCSPX-'],
    pattern: new RegExp(`${border}(?:AIza[A-Za-z0-9_-]{30,}|ya29\\.[A-Za-z0-9_-]{20,})|GOCSPX-[A-Za-z0-9_-]{16,}`, 'g'),
  },
  {
    // Secret and restricted keys, webhook secrets; pk_ keys are public by design.
    name: 'stripe',
    leads: ['sk_', 'rk_', 'whsec_'],
    pattern: new RegExp(`${border}(?:[sr]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/=]{16,})`, 'g'),
  },
  { name: 'npm', leads: ['npm_'], pattern: new RegExp(`${border}npm_[A-Za-z0-9]{30,}`, 'g') },
  { name: 'pypi', leads: ['pypi-'], pattern: new RegExp(`${border}pypi-[A-Za-z0-9_-]{40,}`, 'g') },
  { name: 'huggingface', leads: ['hf_'], pattern: new RegExp(`${border}hf_[A-Za-z0-9]{30,}`, 'g') },
  {
    name: 'sendgrid',
    leads: ['SG.'],
    pattern: new RegExp(`${border}SG\\.[A-Za-z0-9_-]{16,64}\\.[A-Za-z0-9_-]{16,}`, 'g'),
  },
  { name: 'groq', leads: ['gsk_'], pattern: new RegExp(`${border}gsk_[A-Za-z0-9]{20,}`, 'g') },
  { name: 'xai', leads: ['xai-'], pattern: new RegExp(`${border}xai-[A-Za-z0-9]{30,}`, 'g') },
];

/** Every shape that is looked for. */
export const keyShapes: readonly KeyShape[] = [...shapes.map((shape) => shape.name), 'pem'];

// Two looks, because the first is what all text pays for: two letters of every lead, chosen to be rare in prose and few, so that the engine can skip;
// only then the leads, nearly whole. test/redact/key-shapes.test.ts holds both against the shapes.
const hint = /yJ|[KS]I|Iz|xo|PX|G\.|BE|[a-z]_|[ktpi]-|m\/se|9\./;
const mayHold =
  /yJ|sk-|[sr]k_[lt]|KIA|SIA|Iza|gh[pousr]_|b_pat_|lpat-|xox|xapp-|k\.com\/s|a29\.|CSPX-|hsec_|npm_|ypi-|hf_|SG\.|gsk_|xai-|BEGIN/;

// No shape is shorter.
const shapeUnitsMin = 13;

const ignore = (): void => {};
