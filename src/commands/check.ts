// `lakeobs check`: run checks, print the verdict, return it as the exit code. The document is printed whatever the verdict is.

import { resolve } from 'node:path';
import type { Listing } from '../catalog/sources.ts';
import { EXIT } from '../errors.ts';
import { choiceOf, chooseChecks, runChecks } from '../gate/check.ts';
import { dryRunChecks, unreadableQueries } from '../gate/dry-run.ts';
import { type Catalogue, isSqlFile, listQueries, loadQueryFile } from '../query/load.ts';
import { parseParamOptions } from '../query/params.ts';
import { processBytesOf } from '../query/process-memory.ts';
import type { RunOptions } from '../query/run.ts';
import { verdictFormatNames } from '../render/verdict-format.ts';
import { visible } from '../render/visible.ts';
import { version } from '../version.ts';
import { afterAnswer } from './after-answer.ts';
import { formatAsked, hintForAgents } from './agent.ts';
import { type EarlierFlags, earlierOptionsOf, mustGoTogether } from './earlier-options.ts';
import { familyNamed } from './family-named.ts';
import { ClosedPipe, type Io, wantsColor } from './io.ts';
import { listingNotes, rosterNotes } from './notes.ts';
import { isPathArgument, oneOf, placeOf, type ReadOptions, runOptionsOf, scopeWords } from './options.ts';
import { refuseInputs } from './output.ts';
import { refuseSqlFolders } from './sql-folders.ts';

export interface CheckCommandOptions extends ReadOptions, EarlierFlags {
  tag?: string[];
  exclude?: string[];
  failOn?: string;
  allowEmpty?: boolean;
  allowDamage?: boolean;
  require?: string[];
  param?: string[];
  format?: string;
}

export async function runCheck(args: readonly string[], options: CheckCommandOptions, io: Io): Promise<number> {
  // Loaded here, because the verbs of reading.ts are loaded together.
  const { openCheckOutputs } = await import('./check-outputs.ts');
  mustGoTogether(options);
  const { config } = await placeOf(options, io);
  const catalogue = listQueries(config.queries);
  const names = args.filter((argument) => !isPathArgument(argument));
  const sqlFiles = args.filter((argument) => isPathArgument(argument) && isSqlFile(argument));
  const paths = args.filter((argument) => isPathArgument(argument) && !isSqlFile(argument));
  const format = oneOf('--format', formatAsked(options.format, io) ?? 'table', verdictFormatNames);
  const files = sqlFiles.map((file) => loadQueryFile(file, io.cwd, catalogue));
  const choice = { names, tags: options.tag ?? [], exclude: options.exclude ?? [] };
  const place = await runOptionsOf(options, paths, io);
  await refuseSqlFolders(paths, place.scope, options.dryRun === true);
  const earlier = await earlierOptionsOf(
    options,
    {
      config,
      scope: place.scope,
      checks: [...catalogue.files.keys(), ...files.map((query) => query.name)],
      choice: choiceOf({ ...choice, files: files.map((query) => query.file) }),
    },
    io,
  );
  if (options.dryRun === true) return dryRun(catalogue, { ...choice, files }, options, paths, io);
  const checks = chooseChecks(catalogue, { ...choice, files }, config);
  const own = checks.some(({ bundled }) => !bundled);
  if (own && io.supervision !== 'here') return io.supervision.again();
  const outputs = openCheckOutputs(format, options.output ?? [], io);
  const run: RunOptions = {
    ...place,
    ...(own ? { processBytesMax: processBytesOf(options.memory) } : {}),
  };
  const params = parseParamOptions(options.param ?? []);
  await refuseInputs(options.output ?? [], run.scope);
  let listing: Listing | undefined;
  let notes: readonly string[] = [];
  const failOn = options.failOn === undefined ? 'error' : oneOf('--fail-on', options.failOn, ['error', 'warn']);
  try {
    const verdict = await runChecks(checks, {
      ...run,
      ...earlier,
      failOn,
      allowEmpty: options.allowEmpty === true,
      allowDamage: options.allowDamage === true,
      require: (options.require ?? []).map((name) => familyNamed(name, '--require')),
      params,
      tags: choice.tags,
      exclude: choice.exclude,
      noBaseline: options.baseline === false && config.baseline !== null,
      named: names.length + files.length > 0,
      version: version(),
      startedAt: io.now(),
      onEvidence: (evidence, open) => {
        listing = evidence.listing;
        notes = [...listingNotes(evidence.listing), ...rosterNotes(open, options.roster)];
      },
      ...(outputs.onRows === undefined ? {} : { onRows: outputs.onRows }),
    });
    if (options.quiet !== true) for (const note of notes) io.stderr(`lakeobs: ${note}\n`);
    // Nothing could be read at all: that is said where failures are said, too.
    if (listing === undefined) io.stderr(`lakeobs: ${visible(verdict.checks[0]?.reason ?? verdict.reason)}\n`);
    const written = await outputs.finish(
      verdict,
      { scope: scopeWords(options, paths), failOn, queries: checks, root: repositoryOf(io) },
      { width: io.width, color: wantsColor(io, options.color) },
    );
    hintForAgents(options, io);
    await afterAnswer(verdict, options, paths, io);
    // A document that is missing is a failure, but no alarm hides behind it.
    return written || verdict.exit_code !== EXIT.fine ? verdict.exit_code : EXIT.failed;
  } finally {
    outputs.close();
  }
}

/** Where paths of reports begin: the checkout of a GitHub workflow, else the working directory. */
function repositoryOf({ env, cwd }: Io): string {
  const checkout = env.GITHUB_WORKSPACE ?? '';
  return checkout !== '' && `${cwd}/`.startsWith(`${resolve(checkout)}/`) ? resolve(checkout) : cwd;
}

/** Validates checks and reads no record. Files that are named may be queries, too: what a commit brings is not all checks. */
async function dryRun(
  catalogue: Catalogue,
  { files, ...choice }: Required<Parameters<typeof chooseChecks>[1]>,
  options: CheckCommandOptions,
  paths: readonly string[],
  io: Io,
): Promise<number> {
  const run = await runOptionsOf(options, paths, io);
  const all = choice.names.length + files.length === 0;
  const unreadable = all ? unreadableQueries(catalogue) : new Map<string, string>();
  const queries = files.filter(({ kind }) => kind === 'query');
  const checks = files.filter(({ kind }) => kind === 'check');
  const chosen =
    all || choice.names.length + checks.length > 0
      ? chooseChecks(catalogue, { ...choice, files: checks }, run.scope.config).filter(
          ({ fault }) => fault === undefined,
        )
      : [];
  const results = [
    ...[...unreadable].map(([name, error]) => ({ name, error })),
    ...(await dryRunChecks([...chosen, ...queries], {
      ...run,
      params: parseParamOptions(options.param ?? []),
      scope: { ...run.scope, nothing: true },
    })),
  ];
  const lines = results.map(
    ({ name, error }) =>
      `${error === null ? 'ok    ' : 'broken'} ${name}${error === null ? '' : `: ${visible(error.split('\n')[0]!)}`}\n`,
  );
  await io.stdout(lines.join('')).catch((error: unknown) => {
    // What is broken is so whoever reads it.
    if (!(error instanceof ClosedPipe)) throw error;
  });
  return results.some(({ error }) => error !== null) ? EXIT.failed : EXIT.fine;
}
