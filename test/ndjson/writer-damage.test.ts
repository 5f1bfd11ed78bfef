// What the writer does with files that others have left damaged, and with files that are taken away under it. Each test is named by the damage.
import { beforeEach, describe, expect, it } from 'vitest';
import type { LogEvent } from '../../src/ndjson/report.ts';
import { type Log, type LogOptions, openLog } from '../../src/ndjson/writer.ts';
import { FaultDisk } from './fault-storage.ts';

const path = '/lake/app.jsonl';
let disk: FaultDisk;
let events: LogEvent[];
let warnings: string[];

beforeEach(() => {
  disk = new FaultDisk();
  events = [];
  warnings = [];
});

function open(options: Partial<LogOptions> = {}): Log {
  return openLog({
    path,
    sync: 'never',
    storage: disk.process(),
    clock: disk.clock,
    onEvent: (event) => events.push(event),
    onWarn: (message) => warnings.push(message),
    ...options,
  });
}

describe('a torn tail', () => {
  it('is sealed, reported with its place and size, and the next record stands on its own line', () => {
    disk.put(path, '{"n":1}\n{"n":2,"te');
    const log = open();
    log.append({ n: 3 });
    expect(disk.text(path)).toBe('{"n":1}\n{"n":2,"te\n{"n":3}\n');
    expect(events).toEqual([{ kind: 'sealed', path, byteOffset: 8, byteLength: 10, whole: false }]);
    expect(warnings[0]).toContain('10 bytes at byte 8');
    expect(log.stats()).toMatchObject({ sealedTails: 1, sealedBytes: 10, written: 1 });
  });

  it('that is a whole record without its newline becomes a record, and is not called torn', () => {
    disk.put(path, '{"n":1}');
    open().append({ n: 2 });
    expect(disk.text(path)).toBe('{"n":1}\n{"n":2}\n');
    expect(events).toMatchObject([{ kind: 'sealed', byteOffset: 0, byteLength: 7, whole: true }]);
    expect(warnings[0]).toContain('whole but for its newline');
  });

  it('that is longer than a line may be is sealed too', () => {
    disk.put(path, `{"n":1}\n{"pad":"${'x'.repeat(5 * 1024 * 1024)}`);
    const log = open();
    log.append({ n: 2 });
    expect(disk.text(path).endsWith('x\n{"n":2}\n')).toBe(true);
    expect(log.stats().sealedBytes).toBe(5 * 1024 * 1024 + 8);
  });

  it('left by another process while this one runs is sealed at the next look', () => {
    const log = open();
    log.append({ n: 1 });
    disk.put(path, `${disk.text(path)}{"n":2,"te`);
    disk.nowMs += 300;
    log.append({ n: 3 });
    expect(disk.text(path)).toBe('{"n":1}\n{"n":2,"te\n{"n":3}\n');
  });

  it('that is a write under way is left to its writer: no seal, no report', () => {
    disk.put(path, '{"n":1}\n{"n":2,"te');
    let slept = 0;
    const clock = {
      now: () => disk.nowMs,
      sleep: () => {
        slept += 1;
        if (slept === 3) disk.put(path, '{"n":1}\n{"n":2,"text":""}\n');
      },
    };
    open({ clock }).append({ n: 3 });
    expect(disk.text(path)).toBe('{"n":1}\n{"n":2,"text":""}\n{"n":3}\n');
    expect(events).toEqual([]);
  });

  it('that its writer ends at the very moment of the seal costs a blank line, and is not reported', () => {
    disk.put(path, '{"n":1}\n{"n":2,"te');
    let armed = true;
    const storage = disk.process({
      before: (operation) => {
        if (operation !== 'append' || !armed) return;
        armed = false;
        disk.put(path, '{"n":1}\n{"n":2,"text":""}\n');
      },
    });
    open({ storage }).append({ n: 3 });
    expect(disk.text(path)).toBe('{"n":1}\n{"n":2,"text":""}\n\n{"n":3}\n');
    expect(events).toEqual([]);
  });

  it('that cannot be sealed, the disk being full, is never glued to: the record is refused and the seal tried again', () => {
    disk.put(path, '{"n":1,"te');
    disk.fail({ operation: 'append', code: 'ENOSPC', times: 2 });
    const log = open();
    expect(() => log.append({ n: 2 })).toThrow(/no space left/);
    expect(() => log.append({ n: 3 })).toThrow(/no space left/);
    log.append({ n: 4 });
    expect(disk.text(path)).toBe('{"n":1,"te\n{"n":4}\n');
    expect(events).toMatchObject([{ kind: 'sealed', byteLength: 10 }]);
  });
});

describe('a short write', () => {
  it('is sealed, and the whole record written again', () => {
    disk.writeShort(5);
    const log = open();
    expect(log.append({ n: 1, text: 'x' })).toBe(true);
    expect(disk.text(path)).toBe('{"n":\n{"n":1,"text":"x"}\n');
    expect(log.stats()).toMatchObject({ fragments: 1, written: 1, bytes: 19 });
    expect(events).toEqual([{ kind: 'fragment', path, byteLength: 5 }]);
  });

  it('that lacks only the newline is ended by it, not written twice', () => {
    disk.writeShort(-1);
    const log = open();
    log.append({ n: 1 });
    log.append({ n: 2 });
    expect(disk.text(path)).toBe('{"n":1}\n{"n":2}\n');
    expect(log.stats()).toMatchObject({ fragments: 0, written: 2 });
  });

  it('whose seal fails is sealed before anything else is written', () => {
    const log = open();
    log.append({ n: 1 });
    disk.writeShort(4, 0);
    expect(() => log.append({ n: 2 })).toThrow(/not taken/);
    log.append({ n: 3 });
    expect(disk.text(path)).toBe('{"n":1}\n{"n"\n{"n":3}\n');
  });

  it('again and again is given up with an error, not tried for ever', () => {
    disk.writeShort(3, 1, 3, 1, 3, 1, 3, 1);
    const log = open();
    expect(() => log.append({ n: 1 })).toThrow(/took only 3 bytes/);
    disk.heal();
    log.append({ n: 2 });
    expect(disk.text(path)).toBe('{"n\n{"n\n{"n\n{"n":2}\n');
  });

  it('of a batch commits the whole lines, seals the cut one and writes it again', async () => {
    disk.writeShort(20);
    const log = open({ mode: 'buffered' });
    for (let n = 1; n <= 4; n += 1) log.append({ n });
    await log.close();
    expect(disk.text(path)).toBe('{"n":1}\n{"n":2}\n{"n"\n{"n":3}\n{"n":4}\n');
    expect(log.stats()).toMatchObject({ written: 4, fragments: 1 });
  });
});

describe('a file taken away', () => {
  it('by a move is noticed within 250 ms: writing goes on in a new file, nothing is lost', () => {
    const log = open();
    log.append({ n: 1 });
    disk.move(path, '/lake/moved.jsonl');
    log.append({ n: 2 });
    disk.nowMs += 250;
    log.append({ n: 3 });
    expect(disk.text('/lake/moved.jsonl')).toBe('{"n":1}\n{"n":2}\n');
    expect(disk.text(path)).toBe('{"n":3}\n');
    expect(events).toEqual([{ kind: 'reopened', path }]);
  });

  it('is noticed after 64 KiB too, without any time passing', () => {
    const log = open();
    log.append({ n: 1 });
    disk.move(path, '/lake/moved.jsonl');
    log.append({ pad: 'x'.repeat(64 * 1024) });
    log.append({ n: 3 });
    expect(disk.text(path)).toBe('{"n":3}\n');
  });

  it('by deleting it is replaced', () => {
    const log = open();
    log.append({ n: 1 });
    disk.remove(path);
    disk.nowMs += 250;
    log.append({ n: 2 });
    expect(disk.text(path)).toBe('{"n":2}\n');
  });

  it('and replaced by another file is left for that one', () => {
    const log = open();
    log.append({ n: 1 });
    disk.move(path, '/lake/old.jsonl');
    disk.put(path, '{"other":true}\n');
    disk.nowMs += 250;
    log.append({ n: 2 });
    expect(disk.text(path)).toBe('{"other":true}\n{"n":2}\n');
  });

  it('by copy-and-truncate is written on from its new end', () => {
    const log = open();
    log.append({ n: 1 });
    disk.put(path, '');
    disk.nowMs += 250;
    log.append({ n: 2 });
    expect(disk.text(path)).toBe('{"n":2}\n');
  });

  it('whose folder cannot be searched any more is written on through the descriptor', () => {
    const log = open();
    log.append({ n: 1 });
    disk.nowMs += 250;
    disk.fail({ operation: 'look', code: 'EACCES' });
    log.append({ n: 2 });
    expect(disk.text(path)).toBe('{"n":1}\n{"n":2}\n');
    expect(log.stats().lastError).toMatchObject({ operation: 'look at', code: 'EACCES' });
  });
});

describe('a rotation', () => {
  it('takes the next number above the highest, compressed segments included, and reads the size again on opening', () => {
    disk.put('/lake/app.000007.jsonl.gz', 'x');
    disk.put('/lake/app.000003.jsonl', '{"n":0}\n');
    disk.put(path, '{"n":1}\n');
    const log = open({ maxBytes: 10 });
    log.append({ n: 2 });
    expect(disk.text('/lake/app.000008.jsonl')).toBe('{"n":1}\n');
    expect(disk.text(path)).toBe('{"n":2}\n');
    expect(events).toEqual([{ kind: 'rotated', path, segment: '/lake/app.000008.jsonl', bytes: 8 }]);
    expect(log.stats().rotations).toBe(1);
  });

  it('lets a record larger than the limit have a file of its own', () => {
    const log = open({ maxBytes: 10 });
    log.append({ n: 1 });
    log.append({ pad: 'x'.repeat(50) });
    log.append({ n: 2 });
    expect(disk.text('/lake/app.000001.jsonl')).toBe('{"n":1}\n');
    expect(disk.text('/lake/app.000002.jsonl')).toContain('xxx');
    expect(disk.text(path)).toBe('{"n":2}\n');
  });

  it('that is not permitted leaves a file that is too large, not a record that is lost; it is tried again a second later', () => {
    const log = open({ maxBytes: 10 });
    log.append({ n: 1 });
    disk.fail({ operation: 'reserve', code: 'EACCES', times: 1 });
    log.append({ n: 2 });
    log.append({ n: 3 });
    expect(disk.text(path)).toBe('{"n":1}\n{"n":2}\n{"n":3}\n');
    expect(warnings).toEqual([`lakeobs could not rotate ${path}: permission denied (EACCES)`]);
    disk.nowMs += 1_000;
    log.append({ n: 4 });
    expect(disk.text(path)).toBe('{"n":4}\n');
  });

  it('whose rename fails gives the reserved number back', () => {
    const log = open({ maxBytes: 10 });
    log.append({ n: 1 });
    disk.fail({ operation: 'rename', code: 'EIO' });
    log.append({ n: 2 });
    expect(disk.paths()).toEqual([path]);
  });

  it('left half done between link and unlink by another program is ended: one file, one name, nothing twice', () => {
    disk.put(path, '{"n":1}\n');
    disk.process().link(path, '/lake/app.000004.jsonl');
    open().append({ n: 2 });
    expect(disk.paths()).toEqual(['/lake/app.000004.jsonl', path]);
    expect(disk.text('/lake/app.000004.jsonl')).toBe('{"n":1}\n');
    expect(disk.text(path)).toBe('{"n":2}\n');
    expect(events).toEqual([{ kind: 'healed', path, segment: '/lake/app.000004.jsonl' }]);
  });

  it('is not suspected behind a second name that is no segment', () => {
    disk.put(path, '{"n":1}\n');
    disk.process().link(path, '/lake/backup.jsonl');
    open().append({ n: 2 });
    expect(disk.text('/lake/backup.jsonl')).toBe('{"n":1}\n{"n":2}\n');
    expect(events).toEqual([]);
  });

  it('gives the new file the permissions of the old one', () => {
    const storage = disk.process();
    const fd = storage.open(path, 0o600);
    storage.append(fd, Buffer.from('{"n":1}\n'), 0, 8);
    open({ maxBytes: 10 }).append({ n: 2 });
    expect(storage.look(path)?.mode).toBe(0o600);
  });
});
