// The attacks that listen to nothing, each as a whole process: it ends within its limits of time and memory, with exit 2 and a message, and changes no byte.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lakeobsBin } from '../cli.ts';
import { attackGround, deafAttacks, type Ground, slowAttacks } from '../query/attacks.ts';

let ground: Ground;
beforeAll(() => {
  ground = attackGround();
});
afterAll(() => ground.remove());

test.each([...slowAttacks, ...deafAttacks])('$name', async (attack) => {
  const file = join(ground.root, 'attack.sql');
  writeFileSync(file, ground.sqlOf(attack));
  const before = ground.hash();
  const started = performance.now();
  const child = spawn(process.execPath, [lakeobsBin, 'sql', '--file', file, '--timeout', '3s', '--memory', '256MiB'], {
    cwd: ground.root,
    env: { PATH: process.env.PATH, HOME: ground.home, TMPDIR: ground.home, LAKEOBS_LAKE: ground.lake },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text) => {
    stdout += text;
  });
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  let peakBytes = 0;
  const poll = setInterval(() => {
    peakBytes = Math.max(peakBytes, bytesBelow(child.pid!));
  }, 20);
  const code = await new Promise((resolve) => child.once('close', resolve));
  clearInterval(poll);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(attack.refused!);
  // The limit, and what starting and leaving take on a busy machine.
  expect(performance.now() - started).toBeLessThan(3_000 + 3_000);
  // 256 MiB of DuckDB's, 512 MiB beside them, the supervising process, and what is written between two looks.
  expect(peakBytes).toBeLessThan((256 + 512 + 200) * 1024 * 1024);
  expect(ground.hash()).toEqual(before);
  expect(readdirSync(ground.home)).toEqual([]);
});

/** Resident bytes of a process and its children. */
function bytesBelow(pid: number): number {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .reduce((sum, name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
        if (parent !== pid && Number(name) !== pid) return sum;
        return sum + Number(readFileSync(`/proc/${name}/statm`, 'utf8').split(' ')[1]) * 4096;
      } catch {
        return sum;
      }
    }, 0);
}
