import { linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { publishSegment } from '../../src/ndjson/publish.ts';
import { auditDisk } from './audit.ts';
import { FaultDisk } from './fault-storage.ts';

describe('publishing a finished file', () => {
  let dir: string;
  let path: string;
  let staged: string;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'lakeobs-publish-'));
    path = join(dir, 'app.jsonl');
    mkdirSync(join(dir, '.lakeobs'));
    staged = join(dir, '.lakeobs', 'staged');
    writeFileSync(staged, '{"n":1}\n');
  });

  afterEach(() => {
    rmSync(dir, { recursive: true });
  });

  it('makes it the next segment and removes the staged name', () => {
    writeFileSync(join(dir, 'app.000004.jsonl.gz'), 'x');
    expect(publishSegment({ path, staged })).toBe(join(dir, 'app.000005.jsonl'));
    expect(readFileSync(join(dir, 'app.000005.jsonl'), 'utf8')).toBe('{"n":1}\n');
    expect(readdirSync(join(dir, '.lakeobs'))).toEqual([]);
  });

  it('again after a crash between link and unlink gives the segment that is there, not a second one', () => {
    linkSync(staged, join(dir, 'app.000002.jsonl'));
    writeFileSync(join(dir, 'app.000003.jsonl'), '{"n":9}\n');
    expect(publishSegment({ path, staged })).toBe(join(dir, 'app.000002.jsonl'));
    expect(readdirSync(dir).sort()).toEqual(['.lakeobs', 'app.000002.jsonl', 'app.000003.jsonl']);
  });

  it('refuses a file that is empty or ends inside a line', () => {
    for (const text of ['', '{"n":1}\n{"n":']) {
      writeFileSync(staged, text);
      expect(() => publishSegment({ path, staged })).toThrow(/cannot become a segment/);
    }
    expect(readdirSync(dir)).toEqual(['.lakeobs']);
  });

  it('says what is wrong when there is no staged file', () => {
    expect(() => publishSegment({ path, staged: join(dir, 'none') })).toThrow(/no such file or directory \(ENOENT\)/);
  });

  it('killed at any step and repeated leaves exactly one segment', () => {
    for (let steps = 0; steps < 20; steps += 1) {
      const disk = new FaultDisk();
      disk.put('/lake/staged', '{"n":1}\n');
      const first = disk.process();
      first.killBefore(steps);
      let done = false;
      try {
        publishSegment({ path: '/lake/app.jsonl', staged: '/lake/staged', storage: first });
        done = true;
      } catch {
        if (disk.paths().includes('/lake/staged'))
          publishSegment({ path: '/lake/app.jsonl', staged: '/lake/staged', storage: disk.process() });
      }
      expect(auditDisk(disk, '/lake/app.jsonl').records).toEqual([{ n: 1 }]);
      expect(disk.paths()).toEqual(['/lake/app.000001.jsonl']);
      if (done) return;
    }
    throw new Error('it never came to its end');
  });

  it('survives a power cut once it has returned', () => {
    const disk = new FaultDisk();
    const storage = disk.process();
    const fd = storage.open('/lake/staged');
    storage.append(fd, Buffer.from('{"n":1}\n'), 0, 8);
    storage.sync(fd);
    publishSegment({ path: '/lake/app.jsonl', staged: '/lake/staged', storage });
    disk.powerCut();
    expect(disk.text('/lake/app.000001.jsonl')).toBe('{"n":1}\n');
  });

  it('does not disturb a rotation that takes the same number at the same time', () => {
    const disk = new FaultDisk();
    disk.put('/lake/staged', '{"n":1}\n');
    const storage = disk.process({
      before: (operation) => {
        if (operation === 'link' && !disk.paths().includes('/lake/app.000001.jsonl'))
          disk.put('/lake/app.000001.jsonl', '{"n":2}\n');
      },
    });
    expect(publishSegment({ path: '/lake/app.jsonl', staged: '/lake/staged', storage })).toBe('/lake/app.000002.jsonl');
    expect(disk.text('/lake/app.000001.jsonl')).toBe('{"n":2}\n');
  });
});
