// What JSON.parse passes over in silence.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { repeatedKey } from '../../src/catalog/repeated-key.ts';

test.each([
  ['{"a":1,"a":2}', 'a', 1],
  ['{\n "checks": {\n  "alarm": {"error_if": "> 0"},\n  "alarm": {}\n }\n}', 'alarm', 4],
  ['{"a":[{"b":1},{"c":{},"c":[]}]}', 'c', 1],
  ['{"é":1,"\\u00e9":2}', 'é', 1],
  ['{"a\\"b":":","a\\"b":1}', 'a"b', 1],
  ['{"__proto__":1,"__proto__":2}', '__proto__', 1],
])('%s', (text, key, line) => {
  expect(repeatedKey(text)).toEqual({ key, line });
});

test('nothing is found where each object has each key once, whatever its keys and texts look like', () => {
  expect(repeatedKey('{"a":{"a":{"a":"a"}},"b":["a","a"],"c":[{"a":1},{"a":1}],"d":"\\"a\\":1,\\"a\\":2"}')).toBeNull();
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, indent) => {
      expect(repeatedKey(JSON.stringify(value, null, indent))).toBeNull();
    }),
  );
});
