import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { redactAssignments } from '../../src/redact/assignments.ts';
import {
  countKeyShapes,
  cutBytes,
  cutCodePoints,
  keyShapes,
  redactBody,
  redactorOf,
  redactRecord,
  redactText,
  redactUrl,
} from '../../src/redact/index.ts';
import { mayHoldKeyShape } from '../../src/redact/key-shapes.ts';
import { isSecretHeader, isSecretKey } from '../../src/redact/names.ts';
import { isSuspicious } from '../../src/redact/text.ts';
import { redactUrlsIn } from '../../src/redact/urls.ts';
import { families, type JsonObject } from '../../src/schema/index.ts';
import { cpuMs } from '../cpu.ts';
import { otherSpellings, secrets } from './secrets.ts';

const secret = fc.constantFrom(...Object.values(secrets), ...otherSpellings);

/** Pieces that mean something to one of the rules, so that random joins of them hit the seams between rules. */
const piece = fc.oneof(
  secret,
  fc.constantFrom(
    ...[
      '"token":"',
      'password=',
      'password: ',
      '"password": {',
      '{"a":"',
      '"}',
      '}',
      ']',
      '[',
      '\n',
      '\r\n',
      'data: ',
      ' ',
      '\\n',
      '\\"',
      '"',
    ],
    ...[
      "'",
      'Authorization: Bearer ',
      'Cookie: a=b',
      'https://',
      'user:pw@',
      'host/',
      '?token=',
      '&sig=',
      '#',
      '://',
      ',',
      ':',
      '=',
      ';',
      '--api-key ',
    ],
    ...[
      '[REDACTED]',
      'api_key',
      'secret',
      'usage',
      '"headers":{',
      'x-api-key: ',
      '-----BEGIN PRIVATE KEY-----',
      'eyJ',
      'sk-',
      'null',
      '12345',
      '[DONE]',
      '$X',
    ],
  ),
  fc.string({ maxLength: 12, unit: 'grapheme' }),
  fc.stringMatching(/^[A-Za-z0-9_-]{1,24}$/),
);
const text = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(''));

const runs = { numRuns: 1500 };

describe('laws of text', () => {
  test('redacting twice changes nothing more', () => {
    fc.assert(
      fc.property(text, (input) => {
        const once = redactText(input);
        expect(redactText(once)).toBe(once);
      }),
      runs,
    );
  });

  test('text that is not suspicious is text no rule would change', () => {
    fc.assert(
      fc.property(text, (input) => {
        if (isSuspicious(input)) return;
        expect(redactUrlsIn(redactAssignments(input))).toBe(input);
        expect(countKeyShapes(` ${input}`)).toEqual(countKeyShapes(''));
      }),
      runs,
    );
  });

  test('a key of any issuer passes the quick look, whatever stands around it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), secret, fc.string({ unit: 'binary' }), (before, key, after) => {
        expect(mayHoldKeyShape(before + key + after)).toBe(true);
      }),
    );
  });

  test('a name that promises a secret passes the quick look in every spelling', () => {
    const word = fc.constantFrom(
      'my',
      'openai',
      'access',
      'refresh',
      'id',
      'api',
      'key',
      'token',
      'private',
      'signing',
      'secret',
      'password',
      'passwd',
      'authorization',
      'credential',
      'cookie',
      'x',
    );
    const spelling = fc.constantFrom(
      (words: string[]) => words.join('_'),
      (words: string[]) => words.join('-').toUpperCase(),
      (words: string[]) => words.map((one, at) => (at === 0 ? one : one[0]?.toUpperCase() + one.slice(1))).join(''),
      (words: string[]) => words.join('.'),
      (words: string[]) => words.join(' '),
    );
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), spelling, (words, spell) => {
        const name = spell(words);
        if (isSecretKey(name) || isSecretHeader(name)) expect(isSuspicious(name)).toBe(true);
      }),
    );
  });

  test('ids are no secrets: UUIDs, hashes, trace and span ids, numbers', () => {
    const hex = (length: number) =>
      fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
    const id = fc.oneof(fc.uuid(), hex(40), hex(32), hex(16), hex(64), fc.nat().map(String), fc.ulid());
    fc.assert(
      fc.property(fc.array(id, { minLength: 1 }), fc.constantFrom(' ', ', ', '\n', '/', ':'), (ids, between) => {
        const line = ids.join(between);
        expect(redactText(line)).toBe(line);
      }),
    );
  });

  test('JSON stays JSON', () => {
    fc.assert(
      fc.property(fc.json(), secret, fc.constantFrom('token', 'note', 'apiKey', 'headers'), (json, key, name) => {
        const whole = `{"${name}":${JSON.stringify(key)},"rest":${json}}`;
        const redacted = redactText(whole);
        expect(() => JSON.parse(redacted)).not.toThrow();
        expect(redacted).not.toContain(key.slice(-12));
      }),
    );
  });
});

describe('laws of records', () => {
  test('redacting any JSON value never throws, changes nothing it was given, and redacting twice changes nothing more', () => {
    const record = fc.dictionary(
      fc.oneof(fc.string(), fc.constantFrom('token', 'usage', 'headers', 'apiKey', 'name', 'body', '__proto__')),
      fc.oneof(
        fc.jsonValue(),
        text,
        fc.dictionary(fc.constantFrom('authorization', 'cookie', 'token', 'n'), fc.jsonValue()),
      ),
    );
    fc.assert(
      fc.property(record, fc.constantFrom(...families), (input, family) => {
        const before = JSON.stringify(input);
        const redact = redactorOf(family);
        const once = redact(input as JsonObject);
        expect(JSON.stringify(input)).toBe(before);
        expect(JSON.stringify(redact(once))).toBe(JSON.stringify(once));
        for (const name of family.structural)
          if (typeof input[name] !== 'object') expect(once[name]).toEqual(input[name]);
      }),
      { numRuns: 500 },
    );
  });

  test('a record without a secret comes back as the very object', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-d]{1,5}$/), fc.jsonValue({ maxDepth: 3 })), (input) => {
        fc.pre(!isSuspicious(JSON.stringify(input)));
        expect(redactRecord(input as JsonObject)).toBe(input);
      }),
    );
  });

  test('no value of any kind makes it throw', () => {
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSet: true,
          withTypedArray: true,
          withNullPrototype: true,
          withBoxedValues: true,
          withSparseArray: true,
        }),
        (value) => {
          redactRecord({ value } as JsonObject);
          redactRecord(value as JsonObject);
        },
      ),
    );
  });
});

describe('laws of cutting', () => {
  const anyText = fc.string({ unit: 'binary', maxLength: 60 });

  test('a cut keeps a head of whole code points within the cap, and tells the true size', () => {
    fc.assert(
      fc.property(anyText, fc.nat(70), (input, max) => {
        const points = cutCodePoints(input, max);
        expect(input.startsWith(points.text)).toBe(true);
        expect([...points.text].length).toBeLessThanOrEqual(max);
        expect(points.size).toBe([...input].length);
        expect(points.cut).toBe(points.size > max);
        const bytes = cutBytes(input, max);
        expect(input.startsWith(bytes.text)).toBe(true);
        expect(Buffer.byteLength(bytes.text)).toBeLessThanOrEqual(max);
        expect(bytes.size).toBe(Buffer.byteLength(input));
        for (const { text: head } of [points, bytes])
          expect([...input].join('').startsWith([...head].join(''))).toBe(true);
        expect([...input].slice(0, [...points.text].length).join('')).toBe(points.text);
        expect([...input].slice(0, [...bytes.text].length).join('')).toBe(bytes.text);
      }),
    );
  });

  const words = fc.lorem({ maxCount: 8 });

  test('what was redacted shows no part of the secret wherever it is cut, and is not redacted any further', () => {
    fc.assert(
      fc.property(words, secret, words, fc.nat(80), (before, key, after, max) => {
        const { text: head } = cutCodePoints(redactText(`${before} ${key} ${after}`), max);
        const inKey = key.length >> 1;
        expect(head).not.toContain(key.slice(inKey, inKey + 10));
        expect(head.replaceAll('[REDACTED]', '')).not.toMatch(/\[REDA/);
      }),
    );
  });

  test('a body redacted and cut never holds more than its cap', () => {
    const type = fc.constantFrom(
      undefined,
      'application/json',
      'application/x-ndjson',
      'text/event-stream',
      'application/x-www-form-urlencoded',
      'text/plain',
    );
    fc.assert(
      fc.property(text, type, fc.nat(80), (input, contentType, bytesMax) => {
        const body = redactBody({ text: input, contentType, bytesMax });
        expect(Buffer.byteLength(body.text)).toBeLessThanOrEqual(bytesMax);
        expect(body.size).toBe(Buffer.byteLength(input));
      }),
    );
  });
});

describe('the work is linear', () => {
  // 400 kB of each: a rule that is quadratic anywhere takes seconds here, a linear one some ten milliseconds.
  const hostile = [
    ...[
      'a',
      ' ',
      '"',
      '\\',
      '\n \t',
      '[',
      '{"a":',
      '{"a":"{\\"b\\":',
      'sk-',
      'eyJ',
      'eyJaaaaaaa.',
      'xox',
      'SG.aaaaaaaaaaaaaaaa',
      'hooks.slack.com/services/',
    ],
    ...[
      '-----BEGIN PRIVATE KEY-----',
      '://',
      'https://a:',
      'https://@',
      '?token=',
      '?a=',
      'data:',
      'data: {\n',
      'Bearer ',
      'bearer  ',
      'bearer a',
    ],
    ...[
      'token=',
      'token=$',
      'token=%',
      'token=tokens[',
      'token---',
      'token: "',
      'token: \\"',
      'token: \\\\"',
      "password: '",
      'password: {',
      '"password": {',
    ],
    ...[
      '"password":[',
      '"token":{"',
      '{"token":',
      '"authorization":',
      'authorization: ',
      'authorization: "',
      'authorization: digest',
      'authorization: bearer ',
    ],
    ...[
      'authorization=$',
      'cookie: ',
      'cookie: "',
      'cookie: a',
      'api_key',
      'api-key: x',
      'credential ',
      '--token ',
      '--token $',
      'password=(',
      '[REDACTED]',
      'password=[REDACTED]',
    ],
  ];

  test.each(hostile)('%j over and over', (seed) => {
    const input = seed.repeat(Math.ceil(400_000 / seed.length));
    const effort = cpuMs(() => {
      redactText(input);
      redactUrl(input);
      countKeyShapes(input);
    });
    expect(effort).toBeLessThan(1500);
  });
});

test('every shape has a secret to be tested with', () => {
  expect(Object.keys(secrets).sort()).toEqual([...keyShapes].sort());
});
