// bin/lakeobs.js starts from what V8 compiled when lakeobs was built. It must be taken by the Node that built it, and must not matter when it does not fit.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { lakeobsBin } from '../cli.ts';
import { sessionLine, testFolder } from './records.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('the compiled form', () => {
  const folder = testFolder();

  /** An installation of its own that sees of the dependencies only @duckdb/node-api; its compiled form is `change`d. */
  function installed(change: (compiled: Buffer) => Buffer): string {
    for (const part of ['bin', 'dist/cli', 'dist/plans.json', 'package.json', 'queries'])
      cpSync(join(root, part), join(folder.path(), part), { recursive: true });
    // Like package managers that show a package only what it names itself.
    mkdirSync(join(folder.path(), 'node_modules', '@duckdb'), { recursive: true });
    symlinkSync(
      join(root, 'node_modules', '@duckdb', 'node-api'),
      join(folder.path(), 'node_modules', '@duckdb', 'node-api'),
    );
    const cli = join(folder.path(), 'dist', 'cli');
    const caches = readdirSync(cli).filter((name) => name.endsWith('.cache'));
    expect(caches).toHaveLength(1);
    const cache = join(cli, caches[0]!);
    writeFileSync(cache, change(readFileSync(cache)));
    return join(folder.path(), 'bin', 'lakeobs.js');
  }

  it('is taken by the Node that built it', () => {
    const script = `process.argv = ['node', ${JSON.stringify(lakeobsBin)}, '--version'];
      const { script } = require(process.argv[1]);
      process.on('exit', () => process.stdout.write(script.cachedDataRejected === false ? 'taken' : 'refused'));`;
    expect(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' })).toMatch(/\d\s+taken$/);
  });

  it.each<[string, (compiled: Buffer) => Buffer]>([
    ['empty', () => Buffer.alloc(0)],
    ['cut off', (compiled) => compiled.subarray(0, compiled.length >> 1)],
    ['something else', () => Buffer.from('not compiled code at all, but long enough to have a header of its own')],
    ['of another V8', (compiled) => Buffer.concat([Buffer.alloc(16, 1), compiled.subarray(16)])],
  ])('%s: the answer is the same', (_what, change) => {
    const bin = installed(change);
    const log = folder.write('session.jsonl', `${sessionLine({ grounded_in_roster: false })}\n`);
    const run = (file: string) =>
      execFileSync(process.execPath, [file, 'query', 'alarm', log], { encoding: 'utf8', stdio: 'pipe' });
    expect(run(bin)).toBe(run(lakeobsBin));
    expect(run(bin)).toMatch(/"session_id"/);
  });
});
