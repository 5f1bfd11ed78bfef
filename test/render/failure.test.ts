import { expect, test } from 'vitest';
import { LakeobsError } from '../../src/errors.ts';
import { failureText } from '../../src/render/failure.ts';

test('an error says what happened, where, and what to do', () => {
  const error = new LakeobsError('input', 'the record is cut off', {
    path: '/lake/session.jsonl',
    line: 12,
    byteOffset: 3456,
    hint: 'look at it with lakeobs doctor',
  });
  expect(failureText(error)).toBe(
    'lakeobs: the record is cut off\n  at /lake/session.jsonl, line 12, byte 3456\n  try: look at it with lakeobs doctor\n',
  );
});

test('a place the message already names is not repeated', () => {
  const error = new LakeobsError('io', 'cannot read /lake/session.jsonl: permission denied', {
    path: '/lake/session.jsonl',
  });
  expect(failureText(error)).toBe('lakeobs: cannot read /lake/session.jsonl: permission denied\n');
});

test('a system error is told in words, any other by its message, and neither brings a stack', () => {
  expect(failureText(Object.assign(new Error('open'), { code: 'ENOSPC' }))).toBe(
    'lakeobs: no space left on device (ENOSPC)\n',
  );
  expect(failureText(new Error('boom'))).toBe('lakeobs: boom\n');
  expect(failureText('text')).toBe('lakeobs: text\n');
});

test('control characters in a message or a path are shown, not obeyed; colour only when asked', () => {
  const error = new LakeobsError('input', 'bad \u001b[2J', { path: '/a\u202eb', hint: 'c\nd' });
  expect(failureText(error)).toBe('lakeobs: bad ␛[2J\n  at /a<U+202E>b\n  try: c␊d\n');
  expect(failureText(error, { color: true })).toContain('\u001b[31m');
});
