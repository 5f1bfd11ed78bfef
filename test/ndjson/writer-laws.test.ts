// Laws of the writer, checked on a disk that is cut, killed and unplugged at every place fast-check can think of.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Log, type LogOptions, openLog } from '../../src/ndjson/writer.ts';
import { auditDisk } from './audit.ts';
import { FaultDisk, Killed } from './fault-storage.ts';

const path = '/lake/app.jsonl';

type Step =
  | { kind: 'append'; size: number }
  | { kind: 'kill'; afterBytes: number }
  | { kind: 'reopen' }
  | { kind: 'short'; bytes: number }
  | { kind: 'wait' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('append' as const), size: fc.integer({ min: 0, max: 300 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('kill' as const), afterBytes: fc.integer({ min: -3, max: 400 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('short' as const), bytes: fc.integer({ min: -3, max: 350 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const) }) },
);

describe('a writer', () => {
  it('gives back exactly the acknowledged records in order after any sequence of append, rotate, crash at any byte, reopen', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 40, max: 900 }), (steps, maxBytes) => {
        const disk = new FaultDisk();
        const run = runSteps(disk, steps, { maxBytes, sync: 'never' });
        const { records, broken } = auditDisk(disk, path);
        expectAcknowledged(records, run);
        // A broken line is a torn write of a killed process or a sealed fragment of a short one, never more than there were of these.
        expect(broken.length).toBeLessThanOrEqual(run.kills + run.shorts);
      }),
      { numRuns: 1_000 },
    );
  });

  it("loses nothing acknowledged to a power cut when sync is 'always', new folders and rotations included", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.integer({ min: 40, max: 900 }), (steps, maxBytes) => {
        const disk = new FaultDisk();
        const deep = '/lake/a/b/app.jsonl';
        const run = runSteps(disk, steps, { maxBytes, sync: 'always', path: deep });
        disk.powerCut();
        expectAcknowledged(auditDisk(disk, deep).records, run);
      }),
      { numRuns: 500 },
    );
  });

  it('in buffered mode has everything taken before a flush in the files, in order, once, whatever was killed or cut short later', async () => {
    const flush = fc.oneof({ weight: 4, arbitrary: step }, { weight: 1, arbitrary: fc.constant('flush' as const) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(flush, { maxLength: 60 }),
        fc.integer({ min: 40, max: 900 }),
        async (steps, maxBytes) => {
          const disk = new FaultDisk();
          const acknowledged: number[] = [];
          let taken: number[] = [];
          let n = 0;
          let storage = disk.process();
          const open = () =>
            openLog({ path, mode: 'buffered', sync: 'never', maxBytes, clock: disk.clock, onWarn: quiet, storage });
          let log = open();
          const restart = (): void => {
            taken = [];
            storage = disk.process();
            log = open();
          };
          for (const one of steps)
            if (one === 'flush')
              try {
                await log.flush();
                acknowledged.push(...taken);
                taken = [];
              } catch (error) {
                if (isKill(error)) restart();
                else if (!isShort(error)) throw error;
              }
            else if (one.kind === 'kill') storage.killAfterBytes(one.afterBytes);
            else if (one.kind === 'short') disk.writeShort(one.bytes);
            else if (one.kind === 'wait') disk.nowMs += 1_000;
            else if (one.kind === 'reopen') restart();
            else {
              n += 1;
              if (log.append({ n, pad: 'x'.repeat(one.size) })) taken.push(n);
            }
          const ns = auditDisk(disk, path).records.map((record) => record.n as number);
          expect(ns).toEqual([...new Set(ns)].sort((a, b) => a - b));
          expect(ns.filter((one) => acknowledged.includes(one))).toEqual(acknowledged);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('does lose acknowledged records to a power cut when sync is never: the storage really forgets', () => {
    const disk = new FaultDisk();
    const log = openLog({ path, sync: 'never', storage: disk.process(), clock: disk.clock, onWarn: quiet });
    log.append({ n: 1 });
    disk.powerCut();
    expect(auditDisk(disk, path).records).toEqual([]);
  });
});

describe('several writers on one log', () => {
  it('lose, double, glue and overwrite nothing, whichever runs at whichever step of another', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 4 }),
        fc.array(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 120 })), { minLength: 5, maxLength: 60 }),
        fc.array(fc.nat(6), { minLength: 1, maxLength: 300 }),
        fc.integer({ min: 30, max: 250 }),
        (writers, turns, choices, maxBytes) => {
          const choose = inTurn(choices);
          const disk = new FaultDisk();
          const acknowledged: string[] = [];
          const busy = new Set<number>();
          let n = 0;
          // Before any operation of one writer, another may run a whole append, which may itself be interrupted by a third.
          const logs = Array.from({ length: writers }, (_, me) =>
            openLog({
              path,
              maxBytes,
              sync: 'never',
              clock: disk.clock,
              onWarn: quiet,
              storage: disk.process({
                before: () => {
                  const choice = choose();
                  if (choice === 6) disk.nowMs += 300;
                  if (choice < writers && choice !== me && !busy.has(choice)) append(choice, 30);
                },
              }),
            }),
          );
          const append = (who: number, size: number): void => {
            busy.add(who);
            n += 1;
            const id = `${who}-${n}`;
            logs[who]!.append({ id, pad: 'x'.repeat(size) });
            acknowledged.push(id);
            busy.delete(who);
          };
          for (const [who, size] of turns) append(who % writers, size);
          const { records, broken } = auditDisk(disk, path);
          expect(broken).toEqual([]);
          expect(records.map(({ id }) => id).sort()).toEqual(acknowledged.sort());
        },
      ),
      { numRuns: 1_500 },
    );
  });

  it('survive one of them being killed at any step: the others go on, nothing acknowledged is lost or doubled', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 60 }),
        fc.array(fc.tuple(fc.nat(1), fc.integer({ min: 1, max: 120 })), { minLength: 5, maxLength: 40 }),
        fc.array(fc.nat(6), { minLength: 1, maxLength: 300 }),
        fc.integer({ min: 50, max: 400 }),
        (killBefore, turns, choices, maxBytes) => {
          const choose = inTurn(choices);
          const disk = new FaultDisk();
          const acknowledged: string[] = [];
          let busy = false;
          let n = 0;
          const append = (who: number, size: number): void => {
            n += 1;
            appendUnlessKilled(logs[who]!, `${who}-${n}`, size, acknowledged);
          };
          const victim = disk.process({
            before: () => {
              if (busy || choose() > 2) return;
              busy = true;
              append(1, 40);
              busy = false;
            },
          });
          victim.killBefore(killBefore);
          const options = { path, maxBytes, sync: 'never', clock: disk.clock, onWarn: quiet } as const;
          const logs = [openLog({ ...options, storage: victim }), openLog({ ...options, storage: disk.process() })];
          for (const [who, size] of turns) append(who, size);
          const { records, broken } = auditDisk(disk, path);
          expect(broken).toEqual([]);
          const ids = records.map(({ id }) => id as string);
          expect(new Set(ids).size).toBe(ids.length);
          for (const id of acknowledged) expect(ids).toContain(id);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('survive one of them being killed in the middle of a write: at most one record of another stands behind the torn part, whole', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 400 }),
        fc.array(fc.tuple(fc.nat(2), fc.integer({ min: 1, max: 120 })), { minLength: 5, maxLength: 40 }),
        fc.integer({ min: 100, max: 2_000 }),
        (killAfterBytes, turns, maxBytes) => {
          const disk = new FaultDisk();
          const acknowledged: string[] = [];
          const victim = disk.process();
          victim.killAfterBytes(killAfterBytes);
          const options = { path, maxBytes, sync: 'never', clock: disk.clock, onWarn: quiet } as const;
          const logs = [victim, disk.process(), disk.process()].map((storage) => openLog({ ...options, storage }));
          turns.forEach(([who, size], n) => {
            appendUnlessKilled(logs[who]!, `${who}-${n}`, size, acknowledged);
          });
          const { records, broken } = auditDisk(disk, path);
          expect(broken.length).toBeLessThanOrEqual(1);
          const behind = broken
            .map((line) => line.slice(line.indexOf('{"id":', 1)))
            .filter((text) => text.endsWith('}'));
          const ids = [...records, ...behind.map((text) => JSON.parse(text) as { id: string })].map(
            ({ id }) => id as string,
          );
          expect(new Set(ids).size).toBe(ids.length);
          for (const id of acknowledged) expect(ids).toContain(id);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

/** Appends a record; it is acknowledged unless its writer is killed over it. */
function appendUnlessKilled(log: Log, id: string, size: number, acknowledged: string[]): void {
  try {
    log.append({ id, pad: 'x'.repeat(size) });
    acknowledged.push(id);
  } catch (error) {
    if (!isKill(error)) throw error;
  }
}

/** The choices one after another, then none: a scheduler that switched for ever could keep every rotation from ending. */
function inTurn(choices: readonly number[]): () => number {
  let at = 0;
  return () => choices[at++] ?? 5;
}

const quiet = (): void => {};

interface Run {
  acknowledged: number[];
  kills: number;
  shorts: number;
}

/** One process after another, each taking over where the last was killed or closed. */
function runSteps(disk: FaultDisk, steps: readonly Step[], options: Partial<LogOptions>): Run {
  const run: Run = { acknowledged: [], kills: 0, shorts: 0 };
  let n = 0;
  let storage = disk.process();
  const open = () => openLog({ path, strict: true, clock: disk.clock, onWarn: quiet, ...options, storage });
  let log = open();
  for (const one of steps)
    if (one.kind === 'kill') storage.killAfterBytes(one.afterBytes);
    else if (one.kind === 'short') {
      disk.writeShort(one.bytes);
      run.shorts += 1;
    } else if (one.kind === 'wait') disk.nowMs += 1_000;
    else if (one.kind === 'reopen') {
      storage = disk.process();
      log = open();
    } else
      try {
        n += 1;
        log.append({ n, pad: 'x'.repeat(one.size) });
        run.acknowledged.push(n);
      } catch (error) {
        if (!isKill(error) && !isShort(error)) throw error;
        if (!isKill(error)) continue;
        run.kills += 1;
        storage = disk.process();
        log = open();
      }
  return run;
}

/** Everything acknowledged is there once and in order; of the others (their append was killed or failed) each is there at most once, in its place. */
function expectAcknowledged(records: readonly Record<string, unknown>[], { acknowledged }: Run): void {
  const ns = records.map(({ n }) => n as number);
  expect(ns).toEqual([...new Set(ns)].sort((a, b) => a - b));
  expect(ns.filter((n) => acknowledged.includes(n))).toEqual(acknowledged);
}

function isKill(error: unknown): boolean {
  return error instanceof Killed || (error as { cause?: unknown }).cause instanceof Killed;
}

function isShort(error: unknown): boolean {
  return (
    String((error as Error).message).includes('the disk took only') ||
    String((error as Error).message).includes('was not taken')
  );
}
