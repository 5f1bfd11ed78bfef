// The shell in a real terminal, driven as a person would: tmux types, and its screen is looked at. Without tmux these tests are skipped and say so.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { lakeobsBin } from '../cli.ts';
import { isRunning } from '../processes.ts';
import { sessionLine, testFolder } from './records.ts';

const tmuxThere = spawnSync('tmux', ['-V']).status === 0;
if (!tmuxThere) console.warn('tmux is not installed: the shell is not tested in a terminal');

const folder = testFolder();
let server: string | null = null;
afterEach(() => {
  if (server !== null) spawnSync('tmux', ['-L', server, 'kill-server']);
  server = null;
});

interface Terminal {
  type(text: string): void;
  key(...names: string[]): void;
  screen(): string;
  /** Waits until the screen shows it. */
  shows(what: RegExp): Promise<string>;
}

async function open(columns: number, rows: number, env: Record<string, string> = {}): Promise<Terminal> {
  const home = folder.path();
  folder.write(
    'log.jsonl',
    [1, 2, 3].map((n) => `${sessionLine({ session_id: `s${n}`, iterations: n, model: `模型-${n}` })}\n`).join(''),
  );
  const name = `lakeobs-test-${process.pid}-${Date.now()}`;
  server = name;
  const tmux = (...args: string[]) => execFileSync('tmux', ['-L', name, ...args], { encoding: 'utf8' });
  const all = {
    HOME: home,
    XDG_STATE_HOME: join(home, 'state'),
    XDG_CONFIG_HOME: join(home, 'config'),
    CI: '',
    LC_ALL: 'C.UTF-8',
    ...env,
  };
  const words = Object.entries(all).map(([key, value]) => `${key}='${value}'`);
  tmux(
    '-f',
    '/dev/null',
    '-u',
    'new-session',
    '-d',
    '-x',
    String(columns),
    '-y',
    String(rows),
    `cd '${home}' && env -u NO_COLOR ${words.join(' ')} '${process.execPath}' '${lakeobsBin}' shell ./log.jsonl; echo "left with $?"; sleep 60`,
  );
  const screen = () => tmux('capture-pane', '-p').trimEnd();
  const terminal: Terminal = {
    type: (text) => void tmux('send-keys', '-l', '--', text.replace(/;$/, '\\;')),
    key: (...names) => void tmux('send-keys', ...names),
    screen,
    shows: async (what) => {
      for (let tries = 0; tries < 300; tries++) {
        if (what.test(screen())) return screen();
        await sleep(50);
      }
      return expect.unreachable(`${what} was never shown:\n${screen()}`);
    },
  };
  await terminal.shows(/lakeobs> $|lakeobs>$/);
  return terminal;
}

const enter = (terminal: Terminal, text: string): void => {
  terminal.type(text);
  terminal.key('Enter');
};

describe.skipIf(!tmuxThere)('in a terminal', () => {
  test('a statement goes over lines, its result is aligned, and it comes back whole from the history', async () => {
    const terminal = await open(80, 40);
    enter(terminal, 'SELECT model,');
    await terminal.shows(/lakeobs> SELECT model,\n {4}\.\.\.>/);
    enter(terminal, 'iterations FROM sessions ORDER BY 2;');
    const screen = await terminal.shows(/3 rows, 2 columns\nlakeobs>$/);
    expect(screen).toContain('│ 模型-1 │          1 │');
    terminal.key('Up');
    await terminal.shows(/lakeobs> SELECT model, iterations FROM sessions ORDER BY 2;$/);
    terminal.key('C-c');
    enter(terminal, '.query retries');
    await terminal.shows(/sessions by iterations\n1 {2}1 {2}█+/);
    enter(terminal, " SELECT 'not for others' AS t;");
    await terminal.shows(/1 row, 1 column\nlakeobs>$/);
    terminal.key('C-d');
    await terminal.shows(/left with 0/);
    const file = join(folder.path(), 'state', 'lakeobs', 'shell_history');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toBe('"SELECT model, iterations FROM sessions ORDER BY 2;"\n".query retries"\n');
  });

  test('a terminal that is closed ends it without a word', async () => {
    for (const name of ['first', 'second']) {
      const said = join(folder.path(), `${name}.txt`);
      server = `lakeobs-test-${process.pid}-${name}`;
      const tmux = (...args: string[]) => execFileSync('tmux', ['-L', server!, ...args], { encoding: 'utf8' });
      const line = `exec '${process.execPath}' '${lakeobsBin}' shell '${folder.write('log.jsonl', `${sessionLine()}\n`)}' 2>'${said}'`;
      tmux('-f', '/dev/null', 'new-session', '-d', '-e', `HOME=${folder.path()}`, line);
      const pid = Number(tmux('display', '-p', '#{pane_pid}'));
      await vi.waitUntil(() => tmux('capture-pane', '-p').includes('lakeobs>'), { timeout: 20_000, interval: 50 });
      tmux('kill-server');
      await vi.waitUntil(() => !isRunning(pid), { timeout: 10_000 });
      expect(readFileSync(said, 'utf8')).toBe('');
    }
  });

  test('Ctrl-C cancels what runs, even what does not listen, and what is typed; what was typed meanwhile waits', async () => {
    const terminal = await open(100, 30);
    enter(terminal, "SELECT max(levenshtein(repeat('a', 90000), repeat('b', 90000)));");
    await sleep(700);
    terminal.type('SELECT 40 + 2');
    await sleep(100);
    expect(terminal.screen()).not.toContain('40 + 2');
    terminal.key('C-c');
    await terminal.shows(/cancelled\nlakeobs> SELECT 40 \+ 2$/);
    enter(terminal, ' AS answer;');
    await terminal.shows(/│ {5}42 │/);
    terminal.type('SELECT half');
    terminal.key('C-c');
    await terminal.shows(/SELECT half\^C\nlakeobs>$/);
    enter(terminal, 'SELECT (');
    await terminal.shows(/\.\.\.>$/);
    terminal.key('C-c');
    await terminal.shows(/\^C\nlakeobs>$/);
    enter(terminal, '.quit');
    await terminal.shows(/left with 0/);
  });

  test('Tab completes, and a long result goes through the pager', async () => {
    const terminal = await open(80, 20, { PAGER: 'less' });
    terminal.type('.query slow-se');
    terminal.key('Tab');
    await terminal.shows(/lakeobs> \.query slow-sessions$/);
    terminal.key('C-c');
    terminal.type('SELECT grounded_in');
    terminal.key('Tab');
    await terminal.shows(/SELECT grounded_in_roster$/);
    terminal.key('C-c');
    enter(terminal, 'FROM range(45);');
    await terminal.shows(/│ {4}1[0-9] │\n:$/);
    terminal.key('q');
    await terminal.shows(/lakeobs>$/);
    enter(terminal, '.pager off');
    enter(terminal, 'FROM range(45);');
    await terminal.shows(/45 rows, 1 column\nlakeobs>$/);
  });

  test('a pager that is not there is told, and the result is printed', async () => {
    const terminal = await open(80, 20, { PAGER: 'no-such-pager' });
    enter(terminal, 'FROM range(45);');
    await terminal.shows(/45 rows, 1 column\nlakeobs>$/);
    enter(terminal, 'FROM range(3);');
    await terminal.shows(/3 rows, 1 column\nlakeobs>$/);
  });

  test('the start-up file is run, and a mistake in it told with its line', async () => {
    const config = join(folder.path(), 'config', 'lakeobs');
    mkdirSync(config, { recursive: true });
    writeFileSync(join(config, 'shellrc'), '.mode csv\n\n.tmier on\n.limit 1\n');
    const terminal = await open(200, 20);
    expect(terminal.screen()).toMatch(/shellrc:3: there is no command \.tmier\. Did you mean timer/);
    enter(terminal, 'FROM range(5);');
    await terminal.shows(/range\n0\nlakeobs>$/);
    expect(existsSync(join(config, 'shellrc'))).toBe(true);
  });
});
