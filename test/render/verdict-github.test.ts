import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { VerdictOptions } from '../../src/render/verdict-format.ts';
import { verdictGithub } from '../../src/render/verdict-github.ts';
import type { Verdict } from '../../src/result.ts';
import { anyValue, attacks, column } from './samples.ts';
import { check, failing, verdict } from './verdicts.ts';

interface Command {
  name: string;
  properties: Record<string, string>;
  message: string;
}

/** What the runner makes of a line: `::name key=value,…::message` behind white space, or the older `##[name key=value;…]message` anywhere. */
function commandOf(line: string): Command | null {
  const start = line.trimStart();
  const end = start.startsWith('::') ? start.indexOf('::', 2) : -1;
  if (end === -1) {
    const old = /##\[([^\]\s]*)[^\]]*\](.*)/.exec(line);
    return old === null ? null : { name: old[1]!, properties: {}, message: old[2]! };
  }
  const [name = '', ...rest] = start.slice(2, end).split(' ');
  const pairs = rest
    .join(' ')
    .trim()
    .split(',')
    .filter((pair) => pair !== '');
  const unescaped = (text: string): string =>
    text
      .replaceAll('%0D', '\r')
      .replaceAll('%0A', '\n')
      .replaceAll('%3A', ':')
      .replaceAll('%2C', ',')
      .replaceAll('%25', '%');
  return {
    name,
    properties: Object.fromEntries(
      pairs.map((pair) => [pair.split('=')[0], unescaped(pair.slice(pair.indexOf('=') + 1))]),
    ),
    message: start
      .slice(end + 2)
      .replaceAll('%0D', '\r')
      .replaceAll('%0A', '\n')
      .replaceAll('%25', '%'),
  };
}

const read = (given: Verdict, options: VerdictOptions = {}): Command[] =>
  verdictGithub(given, options)
    .split('\n')
    .map(commandOf)
    .filter((one) => one !== null);

describe('annotations', () => {
  test('are errors for what decided, whatever its severity', () => {
    const half = { severity: 'warn', status: 'warn', failed: true, reason: '1 finding; no such file' } as const;
    const both = { severity: 'warn', status: 'inconclusive', canFail: true, reason: '1 damaged range' } as const;
    const within = { status: 'warn', canFail: true, reason: '1 finding, fails from > 3' } as const;
    const level = (one: Parameters<typeof check>[0]) =>
      read(verdict({ checks: [failing(1, one)] })).map(({ name }) => name);
    expect([half, both, within].map(level)).toEqual([['error'], ['error'], ['warning']]);
  });

  test('stand at the line of the record, named as the repository knows the file', () => {
    const one = failing(1, { columns: [column('session_id'), column('note')], rows: [['s-1', 'a, b: 100%\nnext']] });
    const places = new Map([[one.rows[0]!, { file: '/repo/logs/a,b:c.jsonl', line: 7 }]]);
    const text = verdictGithub(verdict({ verdict: 'fail', exit_code: 1, reason: 'alarm: 1 finding', checks: [one] }), {
      places,
      root: '/repo',
    });
    expect(text.split('\n')).toEqual([
      'lakeobs check: fail, 1 check: 1 failed, exit code 1: alarm: 1 finding',
      '- fail alarm: 1 accepted fills name a worker outside the roster',
      '- scanned 1 file, 1.4 MiB, 812 records',
      '- window all times',
      '- config none',
      '- roster none',
      '- overrides none',
      '::error file=logs/a%2Cb%3Ac.jsonl,line=7,title=alarm%3A Accepted fills that are not grounded::session_id: s-1%0Anote: a, b: 100%25␊next',
      '',
    ]);
    expect(read(verdict({ checks: [one] }), { places, root: '/else' })[0]!.properties).toEqual({
      title: 'alarm: Accepted fills that are not grounded',
    });
  });

  test('a line that was not found is said, not guessed', () => {
    const one = failing(1);
    const places = new Map([[one.rows[0]!, { file: '/repo/x.jsonl', line: null }]]);
    const [annotation] = read(verdict({ checks: [one] }), { places, root: '/repo' });
    expect(annotation!.properties).not.toHaveProperty('file');
    expect(annotation!.message).toMatch(/line of its record was not found/);
  });

  test('ten errors and ten warnings are shared out among the checks, the rest is counted', () => {
    const found = read(
      verdict({
        verdict: 'fail',
        checks: [
          failing(300),
          failing(2, { name: 'other' }),
          check({ name: 'broken', status: 'error', reason: 'no such column' }),
          failing(30, { name: 'watch', severity: 'warn', status: 'warn' }),
          check({ name: 'maybe', severity: 'warn', status: 'inconclusive', reason: 'nothing to judge' }),
          check({ name: 'phantom', status: 'skipped', reason: 'no roster' }),
        ],
      }),
    );
    const titles = (name: string): string[] =>
      found.filter((one) => one.name === name).map(({ properties }) => properties.title!.split(':')[0]!);
    expect(titles('error')).toEqual(['alarm', 'other', 'broken', 'alarm', 'other', ...Array(5).fill('alarm')]);
    expect(titles('warning')).toEqual(['watch', 'maybe', ...Array(8).fill('watch')]);
    expect(found.filter(({ name }) => name === 'notice')).toEqual([
      {
        name: 'notice',
        properties: { title: 'lakeobs check: fail' },
        message: 'not annotated: alarm: 293 more findings, watch: 21 more findings',
      },
    ]);
  });

  test('no finding is left out for what could not be judged, however much that is', () => {
    const broken = Array.from({ length: 30 }, (_, at) =>
      check({ name: `broken-${at}`, status: 'error', reason: 'no such column' }),
    );
    const found = read(verdict({ verdict: 'fail', checks: [...broken, failing(40), failing(1, { name: 'other' })] }));
    const errors = found
      .filter(({ name }) => name === 'error')
      .map(({ properties }) => properties.title!.split(':')[0]);
    expect(errors).toEqual(['alarm', 'other', ...Array.from({ length: 8 }, (_, at) => `broken-${at}`)]);
    const notice = found.find(({ name }) => name === 'notice')!.message;
    expect(notice).toContain('broken-8: error');
    expect(notice).toContain('alarm: 39 more findings');
  });

  test('a pass has none; an inconclusive verdict always has one', () => {
    expect(read(verdict())).toEqual([]);
    expect(read(verdict({ verdict: 'inconclusive', reason: 'all skipped', checks: [] }))).toEqual([
      { name: 'error', properties: { title: 'lakeobs check: inconclusive' }, message: 'all skipped' },
    ]);
    const one = check({ status: 'inconclusive', reason: 'nothing to judge' });
    expect(read(verdict({ verdict: 'inconclusive', checks: [one] })).map(({ name }) => name)).toEqual(['error']);
  });

  test('a long message and a long title stay within what the runner takes', () => {
    const columns = Array.from({ length: 100 }, (_, index) => column(`c${index}`));
    const one = failing(1, { title: '😀'.repeat(500), columns, rows: [columns.map(() => '😀'.repeat(1_000))] });
    const [annotation] = read(verdict({ checks: [one] }));
    expect(annotation!.message.length).toBeLessThanOrEqual(4_096);
    expect(annotation!.properties.title!.length).toBeLessThanOrEqual(255);
  });

  const injections = [
    '::add-mask::secret',
    '\n::set-output name=x::y',
    '\r::stop-commands::z',
    '%0A::add-path::/tmp',
    '##[add-mask]secret',
    '##[group]',
    'a::b',
    ',file=/etc/passwd',
    '  ::debug::x',
  ];

  test('no text, wherever it stands, makes another command', () => {
    const anyText = fc.oneof(anyValue, fc.constantFrom(...attacks, ...injections));
    fc.assert(
      fc.property(fc.constantFrom(...injections), anyText, (attack, value) => {
        const one = failing(1, {
          name: attack,
          title: attack,
          reason: attack,
          columns: [column(attack)],
          rows: [[value]],
        });
        const open = check({ name: attack, status: 'inconclusive', reason: attack });
        const given = verdict({ verdict: 'fail', reason: attack, checks: [one, open, check({ name: attack })] });
        const places = new Map([[one.rows[0]!, { file: `/r/${attack}`, line: 1 }]]);
        const found = read(given, { places, root: '/r' });
        expect(found.map(({ name }) => name)).toEqual(['error', 'error']);
        for (const { properties } of found)
          expect(Object.keys(properties).filter((key) => !['file', 'line', 'title'].includes(key))).toEqual([]);
      }),
    );
  });
});
