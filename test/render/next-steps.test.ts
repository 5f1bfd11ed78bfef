import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { nextSteps } from '../../src/render/next-steps.ts';
import { failing, scanned, verdict } from './verdicts.ts';

test('a clean pass has nothing to look at', () => {
  expect(nextSteps(verdict())).toEqual([]);
});

test('findings that are all shown lead to the session, more of them to the query as well', () => {
  expect(nextSteps(verdict({ checks: [failing(3)] })).map((step) => step.command)).toEqual(['lakeobs show s-0']);
  expect(nextSteps(verdict({ checks: [failing(11)] })).map((step) => step.shows)).toEqual([
    'all 11 rows of alarm',
    'the first session found: its attempts, spans, logs and operations on one time line',
  ]);
});

test('what could not be read leads to where it is', () => {
  expect(nextSteps(verdict({ scanned: scanned({ quarantined: 1 }) }))[0]?.command).toContain('FROM quarantine');
  expect(nextSteps(verdict({ scanned: scanned({ unknown_schema: 1 }) }))[0]?.command).toContain('FROM sources');
});

test('a session id that cannot be typed is not put into a command', () => {
  for (const id of ['evil\u202eid', '--help', '']) {
    const check = failing(1, { rows: [[id, 0]] });
    expect(nextSteps(verdict({ checks: [check] }))).toEqual([]);
  }
});

test('commands survive a shell: every word arrives as it was', () => {
  const scope = ['--lake', '/tmp/my lake', "it's", '$HOME', 'a"b', '`x`', '!', '*.jsonl', '\\'];
  const check = failing(1, { rows: [[`o'hara "x" $y`, 0]] });
  for (const { command } of nextSteps(verdict({ checks: [check] }), scope)) {
    const script = `lakeobs() { printf '%s\\0' "$@"; }; ${command}`;
    const words = execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
    expect(words).toEqual(['show', `o'hara "x" $y`, ...scope]);
  }
  expect(nextSteps(verdict({ checks: [check] }), scope)).toHaveLength(1);
});

test('an id as long as a text is put into no command', () => {
  const columns = [{ name: 'session_id', type: 'VARCHAR' }];
  const steps = (id: string) => nextSteps(verdict({ checks: [failing(1, { columns, rows: [[id]] })] }));
  expect(steps('s'.repeat(200))).toHaveLength(1);
  expect(steps('s'.repeat(201))).toEqual([]);
});
