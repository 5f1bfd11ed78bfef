// `lakeobs ingest` as a user runs it: exit codes, the document on stdout, the words on stderr.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lakeobs } from '../cli.ts';
import { linesOf, opLine, restingFile, sessionLine, tempFolder } from './lakes.ts';

describe('lakeobs ingest', () => {
  it('prints one JSON document, exits 0, and says nothing else', async () => {
    const cwd = tempFolder();
    restingFile(join(cwd, 'a.jsonl'), `${opLine('1')}\n${sessionLine('2')}\n`);
    const ran = await lakeobs(['ingest', 'a.jsonl'], { cwd });
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    expect(JSON.parse(ran.stdout)).toMatchObject({
      files: 1,
      lines: 2,
      written: { observer: 1, session: 1 },
      segments: [join(cwd, 'lake/session.000001.jsonl'), join(cwd, 'lake/observer.000001.jsonl')].sort(),
    });
    expect(ran.stdout.split('\n')).toHaveLength(2);
    const again = await lakeobs(['ingest', '.'], { cwd });
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({ lines: 0, written: {} });
  });

  it('exits 1 for newly rejected lines, names them also with --quiet, and 0 when there is nothing new to reject', async () => {
    const cwd = tempFolder();
    restingFile(join(cwd, 'a.jsonl'), `${opLine('1')}\nnot json\n`);
    const ran = await lakeobs(['--quiet', 'ingest', 'a.jsonl'], { cwd });
    expect(ran.code).toBe(1);
    expect(ran.stderr).toBe(
      `lakeobs: ${join(cwd, 'a.jsonl')}:2: rejected: not-json (byte ${opLine('1').length + 1})\n`,
    );
    expect((await lakeobs(['ingest', 'a.jsonl'], { cwd })).code).toBe(0);
  });

  it('reads standard input when it is piped, with or without -', async () => {
    const cwd = tempFolder();
    expect((await lakeobs(['ingest', '-'], { cwd, input: `${opLine('1')}\n` })).code).toBe(0);
    expect((await lakeobs(['ingest'], { cwd, input: opLine('2') })).code).toBe(0);
    expect(linesOf(join(cwd, 'lake')).observer).toEqual([opLine('1'), opLine('2')]);
  });

  it.each([
    ['a missing file', ['ingest', 'a.jsonl', 'missing.jsonl'], /missing\.jsonl/],
    ['a family nobody knows', ['ingest', '--family', 'sesion', 'a.jsonl'], /session/],
    ['a mapping without a family', ['ingest', '--map', 'm.sql', 'a.jsonl'], /--family/],
    ['a mapping that is no SELECT', ['ingest', '--family', 'observer', '--map', 'm.sql', 'a.jsonl'], /m\.sql/],
  ])('exits 2 for %s, with nothing on stdout and nothing written', async (_what, args, message) => {
    const cwd = tempFolder();
    restingFile(join(cwd, 'a.jsonl'), `${opLine('1')}\n`);
    restingFile(join(cwd, 'm.sql'), 'DROP TABLE input');
    const ran = await lakeobs(args, { cwd });
    expect([ran.code, ran.stdout]).toEqual([2, '']);
    expect(ran.stderr).toMatch(message);
    expect(existsSync(join(cwd, 'lake'))).toBe(false);
  });

  it('exits 2 when a source breaks off, and keeps and prints what it got', async () => {
    const cwd = tempFolder();
    restingFile(join(cwd, 'a.jsonl'), `${opLine('1')}\n`);
    restingFile(join(cwd, 'b.jsonl.gz'), 'this is no gzip');
    const ran = await lakeobs(['ingest', '.'], { cwd });
    expect(ran.code).toBe(2);
    expect(JSON.parse(ran.stdout)).toMatchObject({ lines: 1, failed: [{ file: join(cwd, 'b.jsonl.gz') }] });
    expect(ran.stderr).toContain('b.jsonl.gz');
  });

  it('runs the documented mapping', async () => {
    const cwd = tempFolder();
    const repository = new URL('../../', import.meta.url).pathname;
    const ran = await lakeobs(
      [
        '--lake',
        join(cwd, 'lake'),
        'ingest',
        '--family',
        'observer',
        '--map',
        'docs/examples/aider-to-observer.sql',
        'fixtures/ingest/aider/analytics.jsonl',
      ],
      { cwd: repository },
    );
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    expect(linesOf(join(cwd, 'lake')).observer).toHaveLength(10);
    expect(readFileSync(join(cwd, 'lake/ingest.ledger'), 'utf8')).toContain('"map":{"family":"observer"');
  });
});
