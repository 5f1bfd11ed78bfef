import { afterAll, expect, test } from 'vitest';
import { openCompleter } from '../../src/shell/completion.ts';

const completer = openCompleter({
  queries: ['alarm', 'retries', 'rejections'],
  checks: ['alarm'],
  modes: ['table', 'csv'],
});
afterAll(() => completer.close());
const complete = (line: string, before = '') => completer.complete(before, line);

test.each([
  ['.m', ['.mode '], '.m'],
  ['.query re', ['retries', 'rejections'], 're'],
  ['.query alarm re', [], 're'],
  ['.checks alarm al', ['alarm'], 'al'],
  ['.mode ', ['table', 'csv'], ''],
  ['.schema ses', ['sessions'], 'ses'],
  ['.timer o', ['on', 'off'], 'o'],
  ['.nope x', [], 'x'],
])('%j is completed from our lists', async (line, candidates, word) => {
  expect(await complete(line)).toEqual([candidates, word]);
});

test('SQL is completed to views, columns, functions and keywords that begin with the word', async () => {
  expect((await complete('SELECT * FROM sess'))[0]).toEqual(['sessions']);
  expect((await complete('select grounded'))[0]).toEqual(['grounded_in_roster', 'grounded_raw']);
  expect((await complete('SELECT count_i'))[0]).toEqual(['count_if']);
  expect((await complete('FROM sessions wh'))[0]).toContain('where ');
  expect((await complete('FROM sessions WH'))[0]).toContain('WHERE ');
  expect((await complete('FROM quar'))[0]).toEqual(['quarantine']);
  expect((await complete('mod', 'SELECT session_id,'))[0]).toContain('model');
});

test('with nothing typed names are offered, never operators', async () => {
  const [candidates, word] = await complete('SELECT * FROM ');
  expect(word).toBe('');
  expect(candidates).toContain('sessions');
  for (const candidate of candidates) expect(candidate).toMatch(/^\w+$/);
});

test('nothing that is refused is offered, and odd text is no failure', async () => {
  expect((await complete('FROM seq_'))[0]).toEqual([]);
  for (const word of ['ATT', 'COP', 'INS', 'EXPO', 'LOA']) expect((await complete(word))[0]).toEqual([]);
  for (const line of ["SELECT 'x", 'SELECT "', '(((', 'ünï', ';;', '\u0000'])
    expect(Array.isArray((await complete(line))[0])).toBe(true);
});
