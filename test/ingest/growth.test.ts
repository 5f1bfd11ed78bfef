// The law of incremental ingest: however a file grows, is renamed, copied or packed between two runs, the lake holds what one run over the whole file would give.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ingest } from '../../src/ingest/ingest.ts';
import { runs } from '../runs.ts';
import {
  bytesOf,
  leftovers,
  linesOf,
  logLine,
  opLine,
  quarantineOf,
  restingFile,
  sessionLine,
  tempFolder,
} from './lakes.ts';

/** A stretch of a log: good lines of every family, the same line again, and everything a crash or a stranger leaves behind. */
const piece = fc.oneof(
  { weight: 6, arbitrary: fc.nat(9).map((n) => `${opLine(`op ${n}`)}\n`) },
  { weight: 3, arbitrary: fc.nat(9).map((n) => `${sessionLine(`s${n}`)}\n`) },
  { weight: 2, arbitrary: fc.nat(9).map((n) => `${logLine(`log ${n}`)}\r\n`) },
  { weight: 1, arbitrary: fc.constantFrom('\n', '\r\n', ' \t \n') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'garbage\n',
      '{"x":1}\n',
      '[1]\n',
      'null\n',
      '{"a":"\\ud800"}\n',
      '\u0000\u0000\u0000\n',
      '{"endpoint":"NaN","success":NaN}\n',
      `${'long '.repeat(200)}\n`,
    ),
  },
  { weight: 1, arbitrary: fc.constant(opLine('glued')) },
  { weight: 1, arbitrary: fc.constant(opLine('torn').slice(0, 25)) },
);

const lineBytesMax = 600;

/** Rejected bytes in the order of the file; the white space between them says nothing. */
function rejectedOf(lake: string): string {
  return Buffer.concat(
    quarantineOf(lake)
      .sort((a, b) => a.byte_offset! - b.byte_offset!)
      .map(bytesOf),
  )
    .toString('latin1')
    .replace(/[ \t\r\n]/g, '');
}

describe('a growing file', () => {
  it('split into any ingests gives the same lines in the same order, and the same rejected bytes, as one ingest', {
    timeout: 60_000,
  }, async () => {
    const growth = fc.record({
      pieces: fc.array(piece, { minLength: 1, maxLength: 25 }),
      mark: fc.boolean(),
      cuts: fc.array(
        fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom('same', 'renamed', 'packed')),
        { maxLength: 5 },
      ),
    });
    await fc.assert(
      fc.asyncProperty(growth, async ({ pieces, mark, cuts }) => {
        const content = Buffer.from((mark ? '\uFEFF' : '') + pieces.join(''));
        const folder = tempFolder();
        const once = join(folder, 'once');
        await ingest({ lake: once, paths: [restingFile(join(folder, 'whole.log'), content)], lineBytesMax });
        const grown = join(folder, 'grown');
        const sizes = cuts
          .map(([share, form]) => ({ size: Math.floor(share * content.length), form }))
          .sort((a, b) => a.size - b.size);
        let pending = 0;
        for (const [n, { size, form }] of [...sizes, { size: content.length, form: 'same' }].entries()) {
          const name =
            form === 'renamed' ? `renamed-${n}.ndjson` : form === 'packed' ? `packed-${n}.jsonl.gz` : 'a.jsonl';
          const bytes = content.subarray(0, size);
          const path = restingFile(join(folder, name), form === 'packed' ? gzipSync(bytes) : bytes);
          const summary = await ingest({
            lake: grown,
            paths: [path],
            lineBytesMax,
            segmentBytesMax: 1500,
            transactionBytesMax: 2500,
          });
          expect(summary.skipped_bytes + summary.bytes + summary.pending_bytes).toBeLessThanOrEqual(size);
          pending = summary.pending_bytes;
        }
        expect(linesOf(grown)).toEqual(linesOf(once));
        expect(rejectedOf(grown)).toBe(rejectedOf(once));
        expect(leftovers(grown)).toEqual([]);
        // Every byte that is not white space is in a log, in the quarantine, or named as pending.
        const strip = (text: string) =>
          text
            .replace(/[ \t\r\n\u00ef\u00bb\u00bf]/g, '')
            .split('')
            .sort()
            .join('');
        const kept = strip(Object.values(linesOf(grown)).flat().join('') + rejectedOf(grown));
        expect(kept).toBe(strip(content.subarray(0, content.length - pending).toString('latin1')));
      }),
      { numRuns: runs(60, 400) },
    );
  });

  it('of which several others hold copies of different age gives every line once, in whatever order they come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([3, 5, 8, 13, 21, 34], { minLength: 2 }),
        fc.boolean(),
        async (lengths, together) => {
          const folder = tempFolder();
          const lines = Array.from({ length: 34 }, (_, n) => opLine(String(n)));
          const paths = lengths.map((length, n) =>
            restingFile(
              join(folder, `${n}.jsonl`),
              lines
                .slice(0, length)
                .map((line) => `${line}\n`)
                .join(''),
            ),
          );
          const lake = join(folder, 'lake');
          if (together) await ingest({ lake, paths });
          else
            for (const [, path] of lengths.map((length, n) => [length, paths[n]!] as const).sort((a, b) => a[0] - b[0]))
              await ingest({ lake, paths: [path] });
          expect(linesOf(lake).observer).toEqual(lines.slice(0, Math.max(...lengths)));
        },
      ),
      { numRuns: 20 },
    );
  });

  it('that another process writes meanwhile is taken up to the size it had, the rest next time', async () => {
    const folder = tempFolder();
    const path = join(folder, 'a.jsonl');
    const lines: string[] = [];
    const write = (count: number) => {
      for (let n = 0; n < count; n++) {
        lines.push(opLine(String(lines.length), { input_summary: 'z'.repeat(2000) }));
        writeFileSync(path, `${lines.at(-1)}\n`, { flag: 'a' });
      }
    };
    write(3000);
    const lake = join(folder, 'lake');
    let taken = 0;
    for (let run = 0; run < 4; run++) {
      const { lines: count } = await ingest({ lake, paths: [path], onProgress: () => write(3) });
      taken += count;
    }
    taken += (await ingest({ lake, paths: [path] })).lines;
    expect(taken).toBe(lines.length);
    expect(linesOf(lake).observer).toEqual(lines);
  });
});
