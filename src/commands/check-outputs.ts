// Where a verdict goes: standard output, and files named with --output, their kind told by the suffix. Documents are written when the verdict is there; formats
// that keep every failing row (jsonl, csv, parquet) get the rows as they come. Nothing that goes wrong here reaches the verdict: it is said on stderr, and counted.
import { resolve } from 'node:path';
import { LakeobsError } from '../errors.ts';
import { locateRows } from '../gate/locate.ts';
import type { Query } from '../query/header.ts';
import { failureText } from '../render/failure.ts';
import { renderVerdict, verdictFormatOfFile, verdictFormats } from '../render/verdict.ts';
import type { VerdictFormatName, VerdictOptions } from '../render/verdict-format.ts';
import type { Row, RowStream, Verdict } from '../result.ts';
import { type FindingsSpool, openFindingsSpool } from './findings-spool.ts';
import { ClosedPipe, type Io } from './io.ts';
import { openFile, writeWhole } from './output.ts';

export interface CheckOutputs {
  /** Takes the rows of a check as they come; undefined when nobody wants them all. */
  onRows: ((check: Query, rows: RowStream, isAccepted?: (row: Row) => boolean) => Promise<void>) | undefined;
  /** Prints and writes everything. Returns whether every file was written. */
  finish(verdict: Verdict, options: VerdictOptions, printed: Pick<VerdictOptions, 'width' | 'color'>): Promise<boolean>;
  /** Removes what was begun. To be called at the end, whatever happened. */
  close(): void;
}

/** Opens the outputs of one run. @throws LakeobsError usage for a suffix that tells no format. */
export function openCheckOutputs(format: VerdictFormatName, files: readonly string[], io: Io): CheckOutputs {
  const kinds = files.map((file) => ({ path: resolve(io.cwd, file), kind: kindOf(file) }));
  const targets = [...new Map(kinds.map((target) => [target.path, target])).values()];
  let spool: FindingsSpool | null = null;
  const failures: unknown[] = [];
  // One failure per target; what comes after it for that target is dropped.
  const guarded = (write: (text: string) => Promise<void> | void): Guarded => {
    const output: Guarded = {
      error: null,
      write: async (text) => {
        if (output.error !== null) return;
        try {
          await write(text);
        } catch (error) {
          output.error = { error };
        }
      },
    };
    return output;
  };
  const stdout = guarded((text) => io.stdout(text));
  const streams = targets
    .filter(({ kind }) => kind !== 'csv' && kind !== 'parquet' && verdictFormats[kind].findings !== undefined)
    .map(({ path, kind }) => {
      let file: ReturnType<typeof openFile> | undefined;
      const output = guarded((text) => {
        file ??= openFile(path);
        file.write(text);
      });
      return {
        path,
        kind: kind as VerdictFormatName,
        output,
        finish: () => file?.finish(),
        discard: () => file?.discard(),
      };
    });
  const tables = targets.filter(({ kind }) => kind === 'csv' || kind === 'parquet');
  const wanted = streams.length > 0 || tables.length > 0 || verdictFormats[format].findings !== undefined;

  /** What takes rows of a check: text streams, and the spool. */
  const sinksOf = (
    check: Query,
    columns: RowStream['columns'],
    isAccepted: ((row: Row) => boolean) | undefined,
  ): ((rows: readonly Row[]) => Promise<void>)[] => {
    const texts = [...streams.map(({ kind, output }) => ({ kind, output })), { kind: format, output: stdout }].flatMap(
      ({ kind, output }) => {
        const text = verdictFormats[kind].findings?.(check, columns, isAccepted);
        return text === undefined ? [] : [async (rows: readonly Row[]) => output.write(text(rows))];
      },
    );
    if (tables.length === 0) return texts;
    let keep: ((rows: readonly Row[]) => void) | undefined;
    const spooling = async (rows: readonly Row[]): Promise<void> => {
      if (failures.length > 0) return;
      try {
        spool ??= openFindingsSpool();
        keep ??= spool.add(check, columns, isAccepted);
        keep(rows);
      } catch (error) {
        failures.push(error);
      }
    };
    // A check without rows gives its columns all the same.
    return [...texts, spooling];
  };

  return {
    onRows: wanted
      ? async (check, { columns, chunks }, isAccepted) => {
          const sinks = sinksOf(check, columns, isAccepted);
          for (const sink of sinks) await sink([]);
          for await (const chunk of chunks) for (const sink of sinks) await sink(chunk);
        }
      : undefined,

    async finish(verdict, options, printed) {
      const said = (error: unknown): void => io.stderr(failureText(error));
      const all = await placed(verdict, options, [format, ...targets.map(({ kind }) => kind)], io);
      const streamed = { ...all, streamed: true };
      const ofStdout = verdictFormats[format].findings === undefined ? { ...all, ...printed } : streamed;
      await stdout.write(renderVerdict(verdict, format, ofStdout));
      // The verdict stands whatever happens to its reader.
      if (stdout.error !== null && !(stdout.error.error instanceof ClosedPipe)) said(stdout.error.error);
      let written = true;
      const attempt = async (write: () => Promise<void> | void): Promise<void> => {
        try {
          await write();
        } catch (error) {
          written = false;
          said(error);
        }
      };
      for (const { path, kind } of targets) {
        const stream = streams.find((one) => one.path === path);
        await attempt(async () => {
          if (stream !== undefined) {
            await stream.output.write(renderVerdict(verdict, stream.kind, streamed));
            if (stream.output.error !== null) throw stream.output.error.error;
            stream.finish();
          } else if (kind === 'csv' || kind === 'parquet') {
            if (failures.length > 0) throw failures[0];
            spool ??= openFindingsSpool();
            const { writeFindingsCsv, writeFindingsParquet } = await import('./findings-table.ts');
            await (kind === 'csv' ? writeFindingsCsv : writeFindingsParquet)(path, spool);
          } else writeWhole(path, renderVerdict(verdict, kind, all));
        });
      }
      return written;
    },

    close() {
      for (const stream of streams) stream.discard();
      spool?.dispose();
    },
  };
}

interface Guarded {
  error: { error: unknown } | null;
  write(text: string): Promise<void>;
}

type Kind = VerdictFormatName | 'csv' | 'parquet';

function kindOf(path: string): Kind {
  const found = verdictFormatOfFile(path) ?? tableKinds.find((kind) => path.toLowerCase().endsWith(`.${kind}`));
  if (found !== undefined) return found;
  const known = [
    ...Object.values(verdictFormats).flatMap(({ suffixes }) => suffixes),
    ...tableKinds.map((kind) => `.${kind}`),
  ];
  throw new LakeobsError('usage', `--output ${path}: the suffix does not tell the format`, {
    hint: `Use one of ${known.join(' ')}.`,
  });
}

const tableKinds = ['csv', 'parquet'] as const;

/** The options with the places of as many rows as the formats want; nothing is looked for when none does. */
async function placed(
  verdict: Verdict,
  options: VerdictOptions,
  kinds: readonly Kind[],
  io: Io,
): Promise<VerdictOptions> {
  const rows = Math.max(
    ...kinds.map((kind) => (kind === 'csv' || kind === 'parquet' ? 0 : (verdictFormats[kind].places ?? 0))),
  );
  const shown = verdict.checks.map((check) => ({
    columns: check.columns,
    rows: [...check.rows.slice(0, rows), ...check.acceptedRows.slice(0, rows).map(({ row }) => row)],
  }));
  if (rows === 0) return options;
  const read = new Set(verdict.sources.map(({ file }) => file));
  return { ...options, places: await locateRows(shown, read, io.signal) };
}
