import { expect, test } from 'vitest';
import { countKeyShapes, keyShapes } from '../../src/redact/index.ts';
import { secrets } from './secrets.ts';

test('key-shaped strings are counted by issuer, in raw log lines too', () => {
  const none = Object.fromEntries(keyShapes.map((shape) => [shape, 0]));
  expect(countKeyShapes('nothing here, task_id 12')).toEqual(none);
  const line = JSON.stringify({
    prompt: `a\n${secrets.anthropic}\n${secrets.anthropic}`,
    error: secrets.pem,
    note: `x ${secrets.jwt}`,
  });
  expect(countKeyShapes(`${line}\n${line}\n`)).toEqual({ ...none, anthropic: 4, pem: 2, jwt: 2 });
});

test.each(Object.entries(secrets))('a secret of shape %s counts as that one and no other', (shape, secret) => {
  const counts = countKeyShapes(`x ${secret} y`);
  expect(Object.entries(counts).filter(([, count]) => count > 0)).toEqual([[shape, 1]]);
});

test('what is already redacted counts as nothing', () => {
  expect(
    Object.values(countKeyShapes('[REDACTED] -----BEGIN CERTIFICATE----- sk-learn-pipeline-example')).every(
      (count) => count === 0,
    ),
  ).toBe(true);
});
