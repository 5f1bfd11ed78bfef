// Made-up secrets, one of each shape, put together at run time so that no file of this repository holds anything a secret scanner would report.
import type { KeyShape } from '../../src/redact/index.ts';

const filler = (length: number, alphabet = 'aB3dE5gH7jK9mN2pQ4sT6vW8yZ'): string =>
  Array.from({ length }, (_, index) => alphabet[(index * 7) % alphabet.length]).join('');

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export const pem = [
  `-----BEGIN RSA ${'PRIVATE'} KEY-----`,
  filler(64),
  filler(40),
  `-----END RSA ${'PRIVATE'} KEY-----`,
].join('\n');

export const secrets: Readonly<Record<KeyShape, string>> = {
  jwt: [base64url({ alg: 'HS256', typ: 'JWT' }), base64url({ sub: 'nobody' }), filler(43)].join('.'),
  anthropic: ['sk', 'ant', 'api03', filler(80)].join('-'),
  openai: ['sk', 'proj', filler(60)].join('-'),
  aws: `AK${'IA'}${filler(16, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567')}`,
  github: ['ghp', filler(36)].join('_'),
  gitlab: ['glpat', filler(20)].join('-'),
  slack: ['xoxb', '123456789012', filler(24)].join('-'),
  google: `AI${'za'}${filler(35)}`,
  stripe: ['sk', 'live', filler(24)].join('_'),
  npm: ['npm', filler(36)].join('_'),
  pypi: ['pypi', filler(60)].join('-'),
  huggingface: ['hf', filler(34)].join('_'),
  sendgrid: ['SG', filler(22), filler(43)].join('.'),
  groq: ['gsk', filler(52)].join('_'),
  xai: ['xai', filler(80)].join('-'),
  pem,
};

/** More spellings of the same issuers. */
export const otherSpellings: readonly string[] = [
  ['sk', filler(48)].join('-'),
  ['sk', 'svcacct', filler(60)].join('-'),
  ['sk', 'or', 'v1', filler(64, '0123456789abcdef')].join('-'),
  ['github', 'pat', filler(22), filler(59)].join('_'),
  ['gho', filler(36)].join('_'),
  `AS${'IA'}${filler(16, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567')}`,
  ['xoxp', '1234', '5678', filler(32)].join('-'),
  ['xapp', '1', 'A0B1', filler(64)].join('-'),
  ['rk', 'test', filler(24)].join('_'),
  ['whsec', filler(32)].join('_'),
  ['ya29', filler(60)].join('.'),
  ['GOCSPX', filler(28)].join('-'),
  `-----BEGIN ${'PRIVATE'} KEY-----\\n${filler(64)}\\n-----END ${'PRIVATE'} KEY-----`,
  `-----BEGIN OPENSSH ${'PRIVATE'} KEY-----\n${filler(70)}`,
];

/** Fills `{{name}}` of a fixture. */
export function withSecrets(text: string): string {
  return text.replace(/\{\{([a-z-]+)\}\}/g, (whole, name: string) =>
    name === 'pem-escaped' ? pem.replaceAll('\n', '\\n') : (secrets[name as KeyShape] ?? whole),
  );
}
