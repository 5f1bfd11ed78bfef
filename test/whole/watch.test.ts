// `lakeobs watch` from outside: in a pipe, and on a real terminal (tmux), where the screen must stay still and the terminal must be whole afterwards.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { lakeobs, lakeobsBin } from '../cli.ts';
import { sessionLine, testFolder } from './records.ts';

const folder = testFolder();
const env = { PATH: process.env.PATH ?? '', HOME: '/nonexistent', XDG_CACHE_HOME: '/dev/null/none', TMPDIR: '/tmp' };
const bad = (id: string) => `${sessionLine({ session_id: id, grounded_in_roster: false })}\n`;
const pause = (ms: number) => new Promise((next) => setTimeout(next, ms));
async function until(is: () => boolean, what: () => string): Promise<void> {
  for (let waited = 0; !is(); waited += 50) {
    if (waited > 20_000) throw new Error(`waited in vain: ${what()}`);
    await pause(50);
  }
}

describe('lakeobs watch in a pipe', () => {
  let child: ChildProcess | undefined;
  afterEach(() => void child?.kill('SIGKILL'));

  it('prints each answer that differs, one object a line, and runs only when something was written', async () => {
    const path = folder.write('session.jsonl', `${sessionLine()}\n`);
    const watch = spawn(process.execPath, [lakeobsBin, 'watch', 'alarm', path, '--interval', '100ms'], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child = watch;
    let out = '';
    watch.stdout.on('data', (text) => {
      out += text;
    });
    const runs = () =>
      out
        .trimEnd()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line));
    await until(
      () => runs().length === 1,
      () => out,
    );
    // The same answer again: not printed.
    appendFileSync(path, `${sessionLine({ session_id: 's2' })}\n`);
    await pause(600);
    appendFileSync(path, bad('b1'));
    await until(
      () => runs().length === 2,
      () => out,
    );
    const [first, second] = runs();
    expect(first).toMatchObject({ run: 1, rows: [], rows_more: 0 });
    expect(second.rows.map((row: { session_id: string }) => row.session_id)).toEqual(['b1']);
    // Two writes were two runs; nobody ran in between.
    expect(second.run).toBeLessThanOrEqual(4);
    watch.kill('SIGINT');
    expect(await new Promise((resolve) => watch.on('close', resolve))).toBe(130);
  });

  it('--until-rows leaves with 1 when there is a row', async () => {
    const path = folder.write('session.jsonl', `${sessionLine()}\n`);
    const watch = lakeobs(['watch', 'alarm', path, '--until-rows', '--interval', '100ms']);
    await pause(1_000);
    appendFileSync(path, bad('b1'));
    const { code, stdout } = await watch;
    expect([code, stdout.trimEnd().split('\n').length]).toEqual([1, 2]);
  });

  it('refuses what it cannot watch', async () => {
    expect(await lakeobs(['watch', 'alarm', '-'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/standard input cannot be watched/),
    });
    expect(await lakeobs(['watch', 'alram', './x.jsonl'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/Did you mean alarm/),
    });
    expect((await lakeobs(['watch', 'alarm', './none.jsonl'])).code).toBe(2);
    expect((await lakeobs(['watch', 'alarm', '--interval', 'soon'])).code).toBe(2);
  });

  it('what no index holds is taken into a private copy: later runs read only what is new', async () => {
    const many = Array.from(
      { length: 300 },
      (_, n) => `${sessionLine({ session_id: `m${n}`, prompt: 'x'.repeat(60_000) })}\n`,
    ).join('');
    const path = folder.write('session.jsonl', many);
    const counted = folder.write(
      'counted.sql',
      'SELECT sum(records)::BIGINT AS records, sum(indexed_bytes)::BIGINT AS indexed FROM sources',
    );
    const watch = spawn(process.execPath, [lakeobsBin, 'watch', counted, path, '--interval', '100ms'], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = watch;
    let out = '';
    let err = '';
    watch.stdout.on('data', (text) => {
      out += text;
    });
    watch.stderr.on('data', (text) => {
      err += text;
    });
    await until(
      () => /lakeobs index .*keeps one for every run/.test(err),
      () => err,
    );
    // Lines that came while the copy was made may be in it.
    const indexed = () => [...out.matchAll(/"indexed":(\d+)/g)].some(([, bytes]) => Number(bytes) >= many.length);
    for (let n = 0; !indexed(); n++) {
      if (n > 50) throw new Error(out + err);
      appendFileSync(path, `${sessionLine()}\n`);
      await pause(400);
    }
    watch.kill('SIGINT');
    await new Promise((resolve) => watch.on('close', resolve));
  });
});

const hasTmux = (() => {
  try {
    execFileSync('tmux', ['-V'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describe.skipIf(!hasTmux)('lakeobs watch on a terminal', () => {
  const socket = `lakeobs-watch-${process.pid}`;
  const tmux = (...args: string[]) => execFileSync('tmux', ['-L', socket, ...args], { encoding: 'utf8' });
  const screen = () => tmux('capture-pane', '-p', '-t', 'w');
  /** Whether the cursor is shown, and whether the other screen is. */
  const state = () => tmux('display', '-p', '-t', 'w', '#{cursor_flag} #{alternate_on}').trim();
  afterAll(() => {
    try {
      execFileSync('tmux', ['-L', socket, 'kill-server'], { stdio: 'ignore' });
    } catch {
      // Never started.
    }
  });
  const begin = (path: string, query = 'first-shot', columns = 80, rows = 24) => {
    tmux(
      '-f',
      '/dev/null',
      'new-session',
      '-d',
      '-s',
      'w',
      '-x',
      String(columns),
      '-y',
      String(rows),
      'env',
      '-i',
      `PATH=${env.PATH}`,
      'TERM=screen',
      'HOME=/nonexistent',
      'PS1=$ ',
      'sh',
    );
    tmux(
      'send-keys',
      '-t',
      'w',
      `clear; ${process.execPath} ${lakeobsBin} watch ${query} ${path} --interval 100ms; echo "ended $?"`,
      'Enter',
    );
  };
  afterEach(() => void tmux('kill-session', '-t', 'w'));

  it('stays in place, follows the file and the size of the terminal, and q leaves it as it was', async () => {
    const path = folder.write('session.jsonl', `${sessionLine({ model: 'one' })}\n`);
    begin(path);
    await until(() => screen().includes('│ one'), screen);
    expect(state()).toBe('0 1');
    appendFileSync(path, `${sessionLine({ model: 'two' })}\n`);
    await until(() => screen().includes('│ two'), screen);
    const lines = screen().split('\n');
    expect(lines[0]).toMatch(/^first-shot \d\d:\d\d:\d\d UTC · 2 records/);
    expect(lines.filter((line) => line.startsWith('│ one'))).toHaveLength(1);
    expect(lines[2]).toMatch(/┐$/);
    tmux('resize-window', '-t', 'w', '-x', '200', '-y', '8');
    await until(() => /q leaves/.test(screen()) && /… \d more lines/.test(screen()), screen);
    tmux('send-keys', '-t', 'w', 'q');
    await until(() => screen().includes('ended 0'), screen);
    expect(state()).toBe('1 0');
    expect(screen()).not.toContain('│');
  });

  it('--until-rows leaves the rows it waited for behind', async () => {
    const path = folder.write('session.jsonl', `${sessionLine()}\n`);
    begin(path, 'alarm --until-rows');
    await until(() => screen().includes('0 rows'), screen);
    expect(state()).toBe('0 1');
    appendFileSync(path, bad('b1'));
    await until(() => screen().includes('ended 1'), screen);
    expect(state()).toBe('1 0');
    expect(screen()).toMatch(/│ b1\n[\s\S]*1 row, [\s\S]*ended 1/);
  });

  it.each([
    ['Ctrl-C', 'first-shot', 'ended 130'],
    ['kill -TERM', 'first-shot', 'ended 143'],
    // An own query runs in a process under the command.
    ['q', 'own.sql', 'ended 0'],
    ['Ctrl-C', 'own.sql', 'ended 130'],
    ['kill -TERM', 'own.sql', 'ended 143'],
  ])('%s gives the terminal back from %s', async (how, query, ended) => {
    const path = folder.write('session.jsonl', `${sessionLine({ model: 'one' })}\n`);
    begin(path, query === 'own.sql' ? folder.write(query, 'SELECT model FROM sessions\n') : query);
    await until(() => screen().includes('│ one'), screen);
    if (how !== 'kill -TERM') tmux('send-keys', '-t', 'w', how === 'q' ? 'q' : 'C-c');
    else {
      const shell = tmux('display', '-p', '-t', 'w', '#{pane_pid}').trim();
      const child = execFileSync('ps', ['-o', 'pid=', '--ppid', shell], { encoding: 'utf8' }).trim();
      process.kill(Number(child), 'SIGTERM');
    }
    await until(() => screen().includes(ended), screen);
    expect(state()).toBe('1 0');
  });
});
