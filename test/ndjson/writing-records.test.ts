// The page for other languages tells the truth: its program is run, beside ours, on one log that rotates.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLog } from '../../src/ndjson/writer.ts';
import { auditDir } from './audit.ts';

const page = readFileSync(fileURLToPath(new URL('../../docs/writing-records.md', import.meta.url)), 'utf8');
const program = /```python\n([\s\S]*?)```/.exec(page)![1]!;
const python = ['python3', 'python'].find((name) => spawnSync(name, ['--version']).status === 0);
if (python === undefined) console.warn('the Python program of docs/writing-records.md is not tried: no python3 here');

describe.skipIf(python === undefined)('the Python program on the page for other languages', () => {
  let dir: string;

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'lakeobs-python-'));
  });

  afterAll(() => {
    rmSync(dir, { recursive: true });
  });

  it('writes beside this writer while it rotates: nothing lost, doubled or torn', async () => {
    const path = join(dir, 'lake', 'app.jsonl');
    const script = join(dir, 'write.py');
    writeFileSync(
      script,
      `${program}\nlog = Log(${JSON.stringify(path)})\nfor n in range(3000):\n    log.append({"who": "python", "n": n, "pad": "ä" * (n % 300)})\n`,
    );
    const child = spawn(python!, [script], { stdio: 'inherit' });
    const ended = new Promise<number | null>((done) => child.once('exit', done));
    const log = openLog({ path, maxBytes: 100_000, sync: 'never', onWarn: () => {} });
    let n = 0;
    for (; child.exitCode === null && child.signalCode === null; n += 1) {
      log.append({ who: 'node', n, pad: 'x'.repeat(n % 300) });
      if (n % 32 === 0) await turn();
    }
    expect(await ended).toBe(0);
    await log.close();
    const { records, broken } = auditDir(path);
    expect(broken).toEqual([]);
    for (const [who, count] of [
      ['python', 3_000],
      ['node', n],
    ] as const) {
      const ns = records.filter((record) => record.who === who).map((record) => record.n as number);
      expect(ns.length).toBe(count);
      expect(new Set(ns).size).toBe(count);
    }
  });

  it('seals a torn line before it writes', () => {
    const path = join(dir, 'torn.jsonl');
    writeFileSync(path, '{"n":1}\n{"n":2,"te');
    const script = join(dir, 'seal.py');
    writeFileSync(script, `${program}\nLog(${JSON.stringify(path)}).append({"n": 3})\n`);
    expect(spawnSync(python!, [script]).status).toBe(0);
    expect(readFileSync(path, 'utf8')).toBe('{"n":1}\n{"n":2,"te\n{"n":3}\n');
  });
});
