import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { redactText } from '../../src/redact/index.ts';
import { isSuspicious } from '../../src/redact/text.ts';
import { otherSpellings, secrets, withSecrets } from './secrets.ts';

const fixture = (path: string): string =>
  readFileSync(new URL(`../../fixtures/redact/${path}`, import.meta.url), 'utf8');

const cases = JSON.parse(fixture('texts/cases.json')) as { name: string; in: string; out: string }[];

describe('texts that hold secrets', () => {
  test.each(cases)('$name', ({ in: text, out }) => {
    const once = redactText(withSecrets(text));
    expect(once).toBe(out);
    expect(redactText(once)).toBe(out);
  });

  test.each(Object.entries(secrets))('a secret of shape %s is found wherever it stands', (_, secret) => {
    for (const around of [
      ['', ''],
      ['key=', ' and'],
      ['"', '"'],
      ['(', ')'],
      ['a\\n', '\\nb'],
      ['\t', '\n'],
      ['{"v":"', '"}'],
    ]) {
      const text = redactText(around.join(secret.replaceAll('\n', around[0]?.startsWith('{') ? '\\n' : '\n')));
      expect(text).toBe(around.join('[REDACTED]'));
    }
  });

  test('every spelling of an issuer is found', () => {
    for (const secret of otherSpellings) expect(redactText(`a ${secret} b`)).toMatch(/^a \[REDACTED\]/);
  });

  test('a private key whose end was cut off loses its base64 and no more', () => {
    const cut = secrets.pem.slice(0, -60);
    expect(redactText(`${cut}\n`)).not.toContain(cut.slice(40, 70));
    expect(redactText(`${secrets.pem.split('\n').slice(0, 2).join('\n')}\nthe next line stays`)).toBe(
      '[REDACTED]\nthe next line stays',
    );
  });
});

describe('texts that hold none', () => {
  const lines = fixture('harmless/lines.txt').split('\n');

  test.each(lines.filter((line) => line !== ''))('%s', (line) => {
    expect(redactText(line)).toBe(line);
  });

  test('all of them together', () => {
    const text = lines.join('\n');
    expect(redactText(text)).toBe(text);
  });

  test('ordinary text is not even looked at twice', () => {
    for (const line of [lines[0], lines[2], 'fill 3 welder positions in Chicago by 2025-06-01'])
      expect(isSuspicious(line as string)).toBe(false);
  });
});
