// The attacks that listen to nothing, through one MCP server: each ends within its limits of time and memory, with an error a model can read, and changes no byte; the server lives on.
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Connected, connected, errorOf, parts } from '../mcp/client.ts';
import { childrenOf } from '../processes.ts';
import { attackGround, deafAttacks, type Ground, slowAttacks } from '../query/attacks.ts';

let ground: Ground;
let server: Connected;
beforeAll(async () => {
  ground = attackGround();
  server = await connected(['--timeout', '3s', '--memory', '256MiB'], {
    cwd: ground.root,
    env: { HOME: ground.home, LAKEOBS_LAKE: ground.lake },
  });
});
afterAll(async () => {
  await server.close();
  ground.remove();
});

test.each([...slowAttacks, ...deafAttacks])('$name', async (attack) => {
  const before = ground.hash();
  const started = performance.now();
  let peakBytes = 0;
  const poll = setInterval(() => {
    const bytes = [server.pid, ...childrenOf(server.pid)].reduce((sum, pid) => sum + residentBytes(pid), 0);
    peakBytes = Math.max(peakBytes, bytes);
  }, 20);
  const called = await server.call('sql', { statement: ground.sqlOf(attack) });
  clearInterval(poll);
  expect(called.isError).toBe(true);
  expect(errorOf(called)).toMatch(attack.refused!);
  // The limit, and what killing takes on a busy machine.
  expect(performance.now() - started).toBeLessThan(3_000 + 3_000);
  // 256 MiB of DuckDB's, 512 MiB beside them, the server, and what is written between two looks.
  expect(peakBytes).toBeLessThan((256 + 512 + 250) * 1024 * 1024);
  expect(ground.hash()).toEqual(before);
  expect(readdirSync(ground.home)).toEqual([]);
  const { text } = await server.call('sql', { statement: 'SELECT session_id FROM replays' });
  expect(parts(text).inside).toEqual([['session_id'], ['s1']]);
});

function residentBytes(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096;
  } catch {
    return 0;
  }
}
