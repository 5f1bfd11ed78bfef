import { expect, test } from 'vitest';
import { noRosterGiven } from '../../src/catalog/roster.ts';
import { interruption } from '../../src/engine/engine.ts';
import { LakeobsError } from '../../src/errors.ts';
import { adviceOf } from '../../src/mcp/advice.ts';

const query = (hint: string) => adviceOf(new LakeobsError('query', 'x', { hint }));

test('what a tool call can do stays', () => {
  for (const hint of [
    'Did you mean sessions? Views: sessions, ops.',
    'Run them one after the other.',
    "Write the path, or a list of paths, as text: read_csv('file').",
  ])
    expect(query(hint)).toBe(hint);
});

test('commands, options and pages go, and what hangs on them', () => {
  expect(
    query('Did you mean model? lakeobs sql "DESCRIBE sessions" lists the columns; a text stands in single quotes.'),
  ).toBe('Did you mean model? a text stands in single quotes.');
  expect(query('Use SELECT or EXPLAIN; to write a result use --output FILE.')).toBe('Use SELECT or EXPLAIN.');
  expect(query('lakeobs speaks DuckDB SQL over its views; docs/reference/views.md lists them.')).toBe(
    'lakeobs speaks DuckDB SQL over its views.',
  );
  expect(query('lakeobs sql "SELECT 1"')).toBeUndefined();
});

test('limits and the roster are of the person who runs the server', () => {
  for (const error of [interruption('time-out'), interruption('memory'), noRosterGiven()]) {
    expect(adviceOf(error)).toMatch(/the person who runs this server/);
    expect(adviceOf(error)).not.toMatch(/--/);
  }
  expect(adviceOf(interruption('signal'))).toBeUndefined();
});

test('what only that person can mend keeps the words for that person', () => {
  expect(adviceOf(new LakeobsError('io', 'x', { hint: 'Free some space, or leave it out: --no-index.' }))).toBe(
    'Free some space, or leave it out: --no-index.',
  );
});
