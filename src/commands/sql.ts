// `lakeobs sql`: one free statement that reads the views.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Evidence } from '../catalog/evidence.ts';
import { EXIT, LakeobsError, reasonOf } from '../errors.ts';
import { lineBytesMax, sqlTimeoutMs } from '../limits.ts';
import { processBytesOf } from '../query/process-memory.ts';
import { withRun } from '../query/run.ts';
import { afterAnswer } from './after-answer.ts';
import { hintForAgents } from './agent.ts';
import type { Io } from './io.ts';
import { notesOf, rosterNotes } from './notes.ts';
import { mustBePath, runOptionsOf, scopeWords } from './options.ts';
import { formatOf, refuseInputs, sendRows } from './output.ts';
import { type QueryOptions, targetOf } from './query.ts';

export interface SqlOptions extends QueryOptions {
  file?: string;
}

export async function runSql(args: readonly string[], options: SqlOptions, io: Io): Promise<number> {
  if (io.supervision !== 'here') return io.supervision.again();
  const [statement, paths] = await statementOf(args, options, io);
  for (const path of paths) mustBePath(path);
  const run = await runOptionsOf(options, paths, io);
  const target = await targetOf(options, io);
  const files = options.output ?? [];
  for (const file of files) await formatOf(file);
  await refuseInputs(files, run.scope);
  let evidence: Evidence | undefined;
  await withRun(
    [{ sql: statement, params: {} }],
    {
      ...run,
      timeoutMs: run.timeoutMs ?? sqlTimeoutMs,
      processBytesMax: processBytesOf(run.memory),
      allowFiles: options.allowFiles,
    },
    async (open) => {
      evidence = open.evidence;
      await sendRows(await open.stream(0), target, files, io);
      if (options.quiet !== true)
        for (const note of [
          ...notesOf(open.evidence, scopeWords(options, paths)),
          ...rosterNotes(open, options.roster),
        ])
          io.stderr(`lakeobs: ${note}\n`);
      hintForAgents(options, io);
    },
  ).catch((error: unknown) => Promise.reject(run.timedOut(error)));
  if (evidence !== undefined) await afterAnswer(evidence, options, paths, io);
  return EXIT.fine;
}

/** The statement is the first argument unless --file gives it; `-` reads it from standard input. */
async function statementOf(args: readonly string[], options: SqlOptions, io: Io): Promise<[string, readonly string[]]> {
  if (options.file !== undefined) {
    if (options.file === '-') return [await readStdin(io), args];
    const file = resolve(io.cwd, options.file);
    try {
      return [readFileSync(file, 'utf8'), args];
    } catch (error) {
      throw new LakeobsError('usage', `cannot read ${options.file}: ${reasonOf(error)}`, { path: file, cause: error });
    }
  }
  const [statement, ...paths] = args;
  if (statement === undefined)
    throw new LakeobsError('usage', 'there is no statement', {
      hint: 'Write: lakeobs sql "SELECT count(*) FROM sessions", or --file FILE.sql.',
    });
  if (statement === '-') return [await readStdin(io), paths];
  return [statement, paths];
}

async function readStdin(io: Io): Promise<string> {
  const lines: Uint8Array[] = [];
  for await (const line of io.stdin()) {
    if (line.length > lineBytesMax)
      throw new LakeobsError('usage', 'the statement on standard input has a line that is too long');
    lines.push(line, Uint8Array.of(10));
  }
  return Buffer.concat(lines).toString('utf8');
}
