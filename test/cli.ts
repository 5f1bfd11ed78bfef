// Runs the built command line as a user would: a real process, its streams, its exit code.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const lakeobsBin = fileURLToPath(new URL('../bin/lakeobs.js', import.meta.url));

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  cwd?: string;
  input?: string | Uint8Array;
  env?: Record<string, string>;
  /** Nobody reads stdout: its pipe is closed at once. */
  closeStdout?: boolean;
  /** Standard input stays open. */
  keepStdin?: boolean;
  /** By somebody whom permissions stop, should the tests run as root. */
  asNobody?: boolean;
}

/** Runs `lakeobs …args`. The lake, the home folder and the colours of whoever runs the tests have no say. */
export function lakeobs(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: '/nonexistent',
    // Nothing derived of one test may serve another.
    XDG_CACHE_HOME: '/dev/null/none',
    TMPDIR: process.env.TMPDIR ?? '/tmp',
    ...options.env,
  };
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [lakeobsBin, ...args], {
      cwd: options.cwd,
      env,
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(options.asNobody === true && process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}),
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      child.stdin.destroy();
      resolve({ code, stdout, stderr });
    });
    child.stdin.on('error', () => {});
    if (options.closeStdout === true) child.stdout.destroy();
    if (options.keepStdin !== true) child.stdin.end(options.input ?? '');
  });
}
