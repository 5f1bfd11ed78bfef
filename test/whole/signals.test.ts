// A command that is told to end takes along what it kept in the temporary folder, and ends by that signal.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { lakeobsBin } from '../cli.ts';
import { childrenOf, isRunning } from '../processes.ts';
import { deaf } from '../query/attacks.ts';
import { sessionLine, testFolder } from './records.ts';

const folder = testFolder();
let temporary = '';
beforeEach(() => {
  temporary = join(folder.path(), 'tmp');
  mkdirSync(temporary);
  mkdirSync(join(folder.path(), 'lake'));
  folder.write('lake/session.jsonl', `${sessionLine()}\n`);
});

const commands: [string, string[], input?: string][] = [
  ['a query of a pipe that goes on', ['query', 'alarm', '-'], `${sessionLine()}\n`],
  ['a statement that does not listen', ['sql', deaf]],
  ['a shell', ['shell'], `${deaf};\n`],
  ['the server for agents', ['mcp']],
  ['a watch', ['watch', 'alarm']],
];

describe.each(['SIGTERM', 'SIGHUP'] as const)('%s', (signal) => {
  test.each(commands)('ends %s, and nothing stays behind', async (_, args, input) => {
    const child = spawn(process.execPath, [lakeobsBin, ...args], {
      cwd: folder.path(),
      env: { PATH: process.env.PATH ?? '', HOME: '/nonexistent', XDG_CACHE_HOME: '/dev/null/none', TMPDIR: temporary },
      stdio: ['pipe', 'pipe', 'ignore'],
      // A group of its own: as a terminal would, the signal is told to all in it.
      detached: true,
    });
    if (input !== undefined) child.stdin.write(input);
    const ended = once(child, 'exit');
    // Between two looks a watch keeps nothing, and a server nothing before the first call.
    if (args[0] === 'watch') await once(child.stdout, 'data');
    else if (args[0] !== 'mcp')
      await vi.waitUntil(() => readdirSync(temporary).length > 0, { timeout: 20_000, interval: 20 });
    child.stdout.resume();
    await new Promise((resolve) => setTimeout(resolve, 700));
    const below = childrenOf(child.pid!);
    process.kill(-child.pid!, signal);
    expect(await ended).toEqual([null, signal]);
    await vi.waitUntil(() => !below.some(isRunning), { timeout: 10_000 });
    expect(readdirSync(temporary)).toEqual([]);
  });
});
