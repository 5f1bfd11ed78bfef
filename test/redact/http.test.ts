import { describe, expect, test } from 'vitest';
import { redactBody, redactHeaders, redactUrl } from '../../src/redact/index.ts';
import { secrets } from './secrets.ts';

const mark = '[REDACTED]';

describe('redactHeaders', () => {
  test('the shape that came in goes out', () => {
    const values = {
      authorization: 'Bearer x',
      accept: 'text/html',
      'x-n': 3,
      'set-cookie': ['a=1', 'b=2'],
      cookie: '',
    };
    expect(redactHeaders(values)).toEqual({
      authorization: mark,
      accept: 'text/html',
      'x-n': 3,
      'set-cookie': [mark, mark],
      cookie: '',
    });
    expect(
      redactHeaders([
        ['X-Api-Key', 'x'],
        ['accept', '*/*'],
      ]),
    ).toEqual([
      ['X-Api-Key', mark],
      ['accept', '*/*'],
    ]);
  });

  test('a fetch Headers becomes an object, repeated names a list', () => {
    const headers = new Headers({ authorization: 'Bearer x', 'x-ratelimit-remaining-tokens': '99' });
    headers.append('set-cookie', 'a=1');
    headers.append('set-cookie', 'b=2');
    expect(redactHeaders(headers)).toEqual({
      authorization: mark,
      'set-cookie': [mark, mark],
      'x-ratelimit-remaining-tokens': '99',
    });
  });

  test('the value of an ordinary header is searched as text', () => {
    expect(redactHeaders({ location: 'https://u:p@example.com/?token=a', link: [`<x>; ${secrets.jwt}`] })).toEqual({
      location: `https://${mark}@example.com/?token=${mark}`,
      link: [`<x>; ${mark}`],
    });
  });
});

describe('redactUrl', () => {
  test.each([
    ['https://example.com/a?b=c', 'https://example.com/a?b=c'],
    ['https://u@example.com', `https://${mark}@example.com`],
    ['//u:p@example.com/x', `//${mark}@example.com/x`],
    ['/path?api_key=a&b=1#c', `/path?api_key=${mark}&b=1#c`],
    ['?token=a', `?token=${mark}`],
    ['https://h/?redirect=/x?token=a&b=1', `https://h/?redirect=/x?token=${mark}&b=1`],
    ['https://h/?token=&b=1', 'https://h/?token=&b=1'],
    ['https://h/?%74oken=a', `https://h/?%74oken=${mark}`],
    ['mysql://root:p@ss@db:3306/x', `mysql://${mark}@db:3306/x`],
    ['not a url', 'not a url'],
    ['', ''],
  ])('%s', (url, expected) => {
    expect(redactUrl(url)).toBe(expected);
    expect(redactUrl(expected)).toBe(expected);
  });
});

describe('redactBody', () => {
  const body = (text: string, contentType?: string) => redactBody({ text, contentType }).text;

  test('JSON is read as JSON, whatever the parameters and the dialect of its type', () => {
    for (const type of [
      'application/json',
      'application/json; charset=utf-8',
      'application/problem+json',
      'text/json',
      'Application/JSON',
    ])
      expect(body('{"token":"a","n":1}', type)).toBe(`{"token":"${mark}","n":1}`);
    expect(body('\ufeff{"token":"a"}', 'application/json')).toBe(`\ufeff{"token":"${mark}"}`);
    expect(body('', 'application/json')).toBe('');
  });

  test('what claims to be JSON and is not is replaced as a whole', () => {
    expect(body('{"note":"harmless", "cut', 'application/json')).toBe(mark);
    expect(body('<html>', 'application/vnd.api+json')).toBe(mark);
  });

  test('NDJSON and event streams fail closed line by line', () => {
    expect(body('{"token":"a"}\n{"cut\n{"b":1}\n', 'application/x-ndjson')).toBe(
      `{"token":"${mark}"}\n${mark}\n{"b":1}\n`,
    );
    expect(
      body('event: x\ndata: {"token":"a"}\n\ndata: {"cut\n\ndata: [DONE]\n\n', 'text/event-stream; charset=utf-8'),
    ).toBe(`event: x\ndata: {"token":"${mark}"}\n\ndata: ${mark}\n\ndata: [DONE]\n\n`);
  });

  test('forms by the names of their fields', () => {
    expect(body('grant_type=password&password=a%20b&client_secret=c&x=1', 'application/x-www-form-urlencoded')).toBe(
      `grant_type=password&password=${mark}&client_secret=${mark}&x=1`,
    );
  });

  test('without a type, text is read for what it looks like and never replaced as a whole', () => {
    expect(body('{"token":"a"}')).toBe(`{"token":"${mark}"}`);
    expect(body('{"note":"harmless", "cut')).toBe('{"note":"harmless", "cut');
  });

  test('over the cap the head and the true size are kept, and redaction comes first', () => {
    const text = `${'é'.repeat(10)} ${secrets.anthropic} end`;
    expect(redactBody({ text, bytesMax: 25 })).toEqual({
      text: `${'é'.repeat(10)} `,
      size: Buffer.byteLength(text),
      cut: true,
    });
    expect(redactBody({ text, bytesMax: 31 }).text).toBe(`${'é'.repeat(10)} ${mark}`);
    const large = redactBody({ text: 'x'.repeat(60_000) });
    expect([large.text.length, large.size, large.cut]).toEqual([50_000, 60_000, true]);
  });
});
