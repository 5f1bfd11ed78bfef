// Generated logs and the damage done to them.
import fc from 'fast-check';

/** Text that looks for trouble: quotes, braces, escapes, JSON inside JSON, characters of every length. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({
    unit: fc.constantFrom('{', '}', '[', ']', '"', '\\', ':', ',', 'é', '€', '😀', '\u0000', '\n', 'a', ' '),
    maxLength: 12,
  }),
  fc.constantFrom(
    '{"schema":"session.iterate.v1"}',
    '{"endpoint":"e","success":true}',
    '"}',
    '{"a":{',
    '\\u0041',
    '\\ud800',
  ),
);

const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    text,
    fc.integer(),
    fc.double(),
    fc.constantFrom(true, false, null, 1e300),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(text, tie('value'), { maxKeys: 3 }),
  ),
})).value;

const members = fc.dictionary(text, value, { maxKeys: 3 });

/** One record as one line without its newline: of a family, or of none. */
export const recordText: fc.Arbitrary<string> = fc
  .oneof(
    fc.tuple(text, members).map(([id, more]) => ({ schema: 'session.iterate.v1', session_id: id, ...more })),
    fc.tuple(text, members).map(([id, more]) => ({ endpoint: id, ...more, success: true })),
    members,
  )
  // The log's writer, too, turns half a surrogate pair into U+FFFD.
  .map((record) =>
    JSON.stringify(record).replace(/\\(?:(ud[89a-f][0-9a-f]{2})|.)/g, (all, half) => (half ? '\ufffd' : all)),
  );

const otherLine = fc.oneof(
  fc.constantFrom('', ' ', '\t \r', 'null', '[1,{"a":2}]', '42', '"{}"', 'plain text', '\ufeff'),
  text.map((one) => one.replaceAll('\n', '')),
);

const lineEnd = fc.constantFrom('\n', '\n', '\n', '\r\n', ' \n', '');

export const logText: fc.Arbitrary<string> = fc
  .array(fc.tuple(fc.oneof({ weight: 6, arbitrary: recordText }, { weight: 1, arbitrary: otherLine }), lineEnd), {
    maxLength: 8,
  })
  .map((lines) => lines.flat().join(''));

/** One blow at a buffer: where (0..1), and what. */
export type Blow = (bytes: Buffer) => Buffer;

const splice =
  (at: number, removed: number, inserted: Uint8Array): Blow =>
  (bytes) => {
    const start = Math.floor(at * bytes.length);
    return Buffer.concat([bytes.subarray(0, start), inserted, bytes.subarray(start + removed)]);
  };

const place = fc.double({ min: 0, max: 1, noNaN: true });
const rubbish = fc.oneof(
  fc.uint8Array({ maxLength: 6 }),
  fc
    .constantFrom(
      '\0\0\0',
      '\0',
      '\n',
      '\r',
      '{',
      '}',
      '"',
      '\\',
      ',',
      '{}',
      '[]',
      '{"a":1}',
      '\ud7ff',
      '\\ud800',
      '\ufeff',
      '\f',
      '{"endpoint":1,"success":0}',
    )
    .map((one) => Buffer.from(one)),
  fc
    .constantFrom([0xff], [0xc3], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80])
    .map((one) => Uint8Array.from(one)),
);

export const blow: fc.Arbitrary<Blow> = fc.oneof(
  // Bytes lost.
  fc.tuple(place, fc.integer({ min: 1, max: 60 })).map(([at, removed]) => splice(at, removed, new Uint8Array(0))),
  // Bytes put in between, or over others.
  fc
    .tuple(place, fc.integer({ min: 0, max: 3 }), rubbish)
    .map(([at, removed, inserted]) => splice(at, removed, inserted)),
  // A newline lost.
  place.map(
    (at): Blow =>
      (bytes) => {
        const newline = bytes.indexOf('\n', Math.floor(at * bytes.length));
        return newline < 0 ? bytes : Buffer.concat([bytes.subarray(0, newline), bytes.subarray(newline + 1)]);
      },
  ),
  // A stretch repeated.
  fc.tuple(place, fc.integer({ min: 1, max: 80 })).map(
    ([at, length]): Blow =>
      (bytes) => {
        const start = Math.floor(at * bytes.length);
        return Buffer.concat([bytes.subarray(0, start + length), bytes.subarray(start)]);
      },
  ),
  // The end cut off.
  place.map(
    (at): Blow =>
      (bytes) =>
        bytes.subarray(0, Math.ceil(at * bytes.length)),
  ),
);

export const damagedLog: fc.Arbitrary<Buffer> = fc
  .tuple(logText, fc.array(blow, { maxLength: 6 }))
  .map(([log, blows]) => blows.reduce<Buffer>((bytes, one) => one(bytes), Buffer.from(log)));

export const chunkSizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 12 });
