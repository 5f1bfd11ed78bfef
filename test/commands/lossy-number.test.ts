import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lossyNumber } from '../../src/commands/lossy-number.ts';

describe('a number that would be changed is found', () => {
  test.each<[json: string, token: string]>([
    ['{"a":9007199254740993}', '9007199254740993'],
    ['{"a":-9007199254740993}', '-9007199254740993'],
    ['{"a":9007199254740993.0}', '9007199254740993.0'],
    ['[1,12345678901234567890123]', '12345678901234567890123'],
    ['{"a":0.1234567890123456789}', '0.1234567890123456789'],
    ['{"a":1e400}', '1e400'],
    ['{"a":-1E+400}', '-1E+400'],
    ['{"a":1e-400}', '1e-400'],
    ['{"a":"1234567890123456789","b":9007199254740993}', '9007199254740993'],
    ['{"9007199254740993":1,"b":{"c":[9007199254740995]}}', '9007199254740995'],
    ['{"a":"\\"9007199254740993","b":9007199254740997}', '9007199254740997'],
  ])('%s', (json, token) => {
    expect(lossyNumber(json)).toBe(token);
  });

  test('behind text of megabytes', () => {
    expect(lossyNumber(`{"a":${JSON.stringify('x\n"'.repeat(1_000_000))},"b":9007199254740993}`)).toBe(
      '9007199254740993',
    );
  });
});

describe('a number that stays what it is is not', () => {
  test.each([
    '{"a":9007199254740992}',
    '{"a":9007199254740991}',
    '{"a":100000000000000000000}',
    '{"a":1e308}',
    '{"a":5e-324}',
    '{"a":0.30000000000000004}',
    '{"a":0.10000000000000001}',
    '{"a":1.7976931348623157e308}',
    '{"a":0e999,"b":0.0000000000000000000000000000,"c":-0}',
    '{"a":0.00000000000000000000001}',
    '{"a":1.00000000000000000000000000}',
    '{"a":"9007199254740993","9007199254740993":true}',
    '{"timestamp":1767225600000.123}',
    // What JSON.stringify makes of 2 ** 68.
    '{"a":295147905179352830000}',
  ])('%s', (json) => {
    expect(lossyNumber(json)).toBeNull();
  });

  test('whatever a double is, as JSON writes it', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        (number) => lossyNumber(JSON.stringify({ number })) === null,
      ),
    );
  });
});

test('an integer is lossy exactly when a double holds another one and does not print as it', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n }), (integer) => {
      const kept = BigInt(Number(integer)) === integer || String(Number(integer)) === String(integer);
      expect(lossyNumber(`[${integer}]`)).toBe(kept ? null : String(integer));
    }),
  );
});
