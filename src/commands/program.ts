// The command line as commander sees it: verbs, arguments, options, help. Every verb's code is loaded when it is called, not before.
import { Command, Option } from 'commander';
import { collect, type GlobalOptions } from './global-options.ts';
import type { Io } from './io.ts';

/** Builds the program; `done` gets the exit code of the verb that ran. */
export function buildProgram(io: Io, version: string, done: (code: number) => void): Command {
  const program = new Command('lakeobs')
    .description(
      'Flight recorder and forensics desk for LLM agents: NDJSON logs, SQL over them, a verdict CI can trust.',
    )
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .option('--lake <dir>', 'the lake (else $LAKEOBS_LAKE, else the config, else ./lake)')
    .option('--config <file>', 'the config file (else lakeobs.json here or above, else the user’s)')
    .option('--no-color', 'plain output')
    .option('--quiet', 'only data and errors')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', exitCodes);

  const act =
    <T extends unknown[]>(run: (options: never, ...args: T) => Promise<number>) =>
    async (...args: unknown[]): Promise<void> => {
      const command = args.at(-1) as Command;
      done(await run(command.optsWithGlobals() as never, ...(args.slice(0, -2) as T)));
    };

  program
    .command('append')
    .summary('validate and append records')
    .description(
      'Validates records and appends them through the shared writer. Defaults are filled, secrets redacted. Exit 1 if any was rejected.',
    )
    .argument('<family>', 'session, observer, journal or replay')
    .argument('[json...]', 'records; without any, or with -, NDJSON is read from standard input')
    .option('--no-redact', 'write secrets as they are')
    .option('--sync <policy>', 'fsync: always, interval or never', 'interval')
    .action(
      act(async (options, family: string, json: string[]) =>
        (await import('./writing.ts')).runAppend([family, ...json], options, io),
      ),
    );

  program
    .command('ingest')
    .summary('take logs into the lake, byte for byte')
    .description(
      'Copies the lines of logs into the lake, unchanged, each to its family; what was taken before is not taken again. Exit 1 for newly rejected lines.',
    )
    .argument('[path...]', 'files, folders, or - for standard input')
    .option('--family <family>', 'take only lines of this family; with --map, the family its rows are of')
    .option('--map <file.sql>', 'one SELECT over input(line, json) that yields records of --family')
    .action(
      act(async (options: object, paths: string[]) =>
        (await import('./writing.ts')).runIngestCommand(paths, options as never, io),
      ),
    );

  reading(program.command('query'))
    .summary('run a bundled or own query')
    .description(
      'Runs a query over the lake or the given files. Without a name it lists them. Exit 0 once the statement ran; see --fail-on-rows.',
    )
    .argument('[name|file.sql]', 'the query')
    .argument('[path...]', 'files or folders to read instead of the lake; - is standard input')
    .option('-p, --param <name=value>', 'a value for a param (repeatable)', collect)
    .option('--sql', 'print the SQL, do not run it')
    .option(
      '--allow-files <dir>',
      'own .sql: it may also read CSV, Parquet and JSON files below DIR (repeatable)',
      collect,
    )
    .option(
      '--fail-on-rows',
      'a check is judged as by check; any other query exits 1 on a row, 2 if nothing was scanned',
    )
    .action(
      act(async (options: object, name: string | undefined, paths: string[]) =>
        (await import('./reading.ts')).runQuery(name === undefined ? [] : [name, ...paths], options as never, io),
      ),
    );

  reading(program.command('sql'))
    .summary('run one read-only statement')
    .description('Runs one statement that reads the views (sessions, attempts, ops, logs, spans, …).')
    .argument('[statement]', 'the statement; - reads it from standard input')
    .argument('[path...]', 'files or folders to read instead of the lake')
    .option('--file <file.sql>', 'read the statement from a file')
    .option('--allow-files <dir>', 'it may also read CSV, Parquet and JSON files below DIR (repeatable)', collect)
    .action(
      act(async (options: object, statement: string | undefined, paths: string[]) =>
        (await import('./reading.ts')).runSql(
          statement === undefined ? [] : [statement, ...paths],
          options as never,
          io,
        ),
      ),
    );

  scoped(program.command('shell'))
    .summary('ask one question after the other')
    .description(
      'Reads statements and dot-commands (.help) from a terminal, or as a script from standard input, and runs them over the views. SQL runs in a process of its own.',
    )
    .argument('[path...]', 'files or folders to read instead of the lake')
    .option('--format <format>', 'how results are printed at first: table, expanded, json, jsonl, csv, md or agent')
    .option(
      '--allow-files <dir>',
      'statements may also read CSV, Parquet and JSON files below DIR (repeatable)',
      collect,
    )
    .option('--keep-going', 'a script goes on after a failure; exit 2 all the same')
    .action(
      act(async (options: object, paths: string[]) =>
        (await import('./shell.ts')).runShell(paths, options as never, io),
      ),
    );

  scoped(program.command('check'))
    .summary('run checks and decide')
    .description(
      'Runs checks over the lake or the given files and decides: exit 0 pass, 1 findings, 2 could not be judged.',
    )
    .argument('[name|path...]', 'checks by name or .sql file, and paths to read instead of the lake')
    .option('-p, --param <name=value>', 'a value for a param (repeatable)', collect)
    .option('--tag <tag>', 'only checks with this tag (repeatable)', collect)
    .option('--exclude <name>', 'not this check (repeatable)', collect)
    .addOption(new Option('--fail-on <severity>', 'what decides').choices(['error', 'warn']).default('error'))
    .option('--allow-empty', 'a population of 0 is a pass')
    .option('--allow-damage', 'damage and unknown versions do not decide')
    .option('--require <family>', 'no record of this family is inconclusive (repeatable)', collect)
    .option('--baseline <file>', 'findings listed in this file are accepted (else "baseline" of the config)')
    .option('--no-baseline', 'accept nothing, whatever the config says')
    .option('--update-baseline', 'write the baseline: what is found now is accepted, what is gone is dropped')
    .option('--baseline-expires <90d|date>', 'with --update-baseline: new entries count again from then on')
    .option('--reason <text>', 'with --update-baseline: why, in new entries')
    .option('--since-last', 'only findings the last run did not have decide and are printed, and those resolved')
    .option('--format <format>', 'table (default), json, jsonl, md, junit, sarif, github or agent')
    .option(
      '-o, --output <file>',
      'also write a file, kind by suffix: .txt .json .md .xml (JUnit) .sarif .github; every failing row: .jsonl .csv .parquet (repeatable)',
      collect,
    )
    .option('--dry-run', 'only validate headers and SQL; no data is read')
    .action(
      act(async (options: object, args: string[]) =>
        (await import('./reading.ts')).runCheck(args, options as never, io),
      ),
    );

  limited(program.command('show'))
    .summary('everything that carries an id, on one time line')
    .description(
      'Prints one time line of everything that hangs together with an id: session, attempts, ops, logs and spans as a tree, replays. The id may name a session, turn, span, conversation, extension or replay task; its beginning is enough while no other begins so. An unknown id: exit 2 and the nearest.',
    )
    .argument('<id>', 'the id, or its first characters (4 at least)')
    .argument('[path...]', 'files or folders to read instead of the lake; - is standard input')
    .option('--format <format>', 'text, table, json, jsonl or md', 'text')
    .option('--full', 'text: every entry, every text whole')
    .action(
      act(async (options: object, id: string, paths: string[]) =>
        (await import('./following.ts')).runShow(id, paths, options as never, io),
      ),
    );

  program
    .command('tail')
    .summary('the newest records, and with -f those that come')
    .description(
      'Prints the newest records of the lake or the given files, one readable line each, several logs merged by time. -f goes on with what is written, over rotations. Reads files from their end.',
    )
    .argument(
      '[family|path...]',
      'a family (session, observer, journal, replay), and paths to read instead of the lake',
    )
    .option('-n, --lines <n>', 'how many records to begin with (default 10)')
    .option('-f, --follow', 'go on with what is written, until Ctrl-C')
    .option('--where <condition>', 'only records that meet an SQL condition over the family’s first view')
    .option('--since <time>', 'only records from this time on: 2026-01-31, 24h, 7d, yesterday')
    .option('--format <format>', 'text, or jsonl: the lines as they are', 'text')
    .action(
      act(async (options: object, args: string[]) =>
        (await import('./following.ts')).runTail(args, options as never, io),
      ),
    );

  scoped(program.command('watch'))
    .summary('a query, run again when records come')
    .description(
      'Runs a query again whenever its files change. On a terminal the answer stays in place (q or Ctrl-C leaves); elsewhere each answer that differs from the last is printed, one JSON object a line.',
    )
    .argument('<name|file.sql>', 'the query')
    .argument('[path...]', 'files or folders to watch instead of the lake')
    .option('-p, --param <name=value>', 'a value for a param (repeatable)', collect)
    .option('--interval <duration>', 'time between two runs, at least (default 1s)')
    .option('--until-rows', 'leave with exit 1 as soon as the answer has a row')
    .option('--format <format>', 'table or jsonl (default: table on a terminal, else jsonl)')
    .option('--limit <n>', 'rows to show (default 50 in a table, else 1,000)')
    .action(
      act(async (options: object, name: string, paths: string[]) =>
        (await import('./following.ts')).runWatch([name, ...paths], options as never, io),
      ),
    );

  limited(rostered(program.command('mcp')))
    .summary('serve read-only tools to a coding agent')
    .description(
      'Speaks the Model Context Protocol on standard input and output: list_queries, run_query, run_checks, describe, sql and show, over the lake or the given files. Add it to your agent: docs/agents.md.',
    )
    .argument('[path...]', 'files or folders to read instead of the lake')
    .action(
      act(async (options: object, paths: string[]) => (await import('./mcp.ts')).runMcp(paths, options as never, io)),
    );

  scoped(program.command('sources'))
    .summary('list what is read')
    .description('Lists the files of the lake, or of the given paths, with what was found in each.')
    .argument('[path...]', 'files or folders to look at instead of the lake')
    .option('--format <format>', 'table (default), json, jsonl, csv, md or agent')
    .action(
      act(async (options: object, paths: string[]) =>
        (await import('./reading.ts')).runSources(paths, options as never, io),
      ),
    );

  rostered(program.command('doctor'))
    .summary('what is wrong with the logs')
    .description(
      'Looks for damage, torn tails, unknown versions, unfinished work, secrets and odd fields in the lake or the given files, and says what to do about each. Exit 1 when something is to mend.',
    )
    .argument('[path...]', 'files or folders to look at instead of the lake')
    .option('--verify', 'compare logs with their hash chains: names what was changed, removed, inserted or cut off')
    .option('--format <format>', 'table (default), json, jsonl, csv, md or agent')
    .option('--memory <size>', 'DuckDB’s memory limit, e.g. 2GiB')
    .option('--threads <n>', 'DuckDB’s threads')
    .action(
      act(async (options: object, paths: string[]) =>
        (await import('./writing.ts')).runDoctor(paths, options as never, io),
      ),
    );

  program
    .command('index')
    .summary('make answers over large logs quick')
    .description(
      'Keeps Parquet copies of the logs’ lines in the lake’s .lakeobs folder (of other files: in the user’s cache) and only adds what is new. query and check use them by themselves; removing them changes nothing but speed.',
    )
    .argument('[path...]', 'files or folders to index instead of the lake')
    .option('--prune', 'remove what is of no use any more; build nothing')
    .option('--verify', 'compare every indexed byte with the logs, drop what differs; exit 1 if anything did')
    .option('--format <format>', 'table (default), json, jsonl, csv, md or agent')
    .option('--memory <size>', 'DuckDB’s memory limit, e.g. 2GiB')
    .option('--threads <n>', 'DuckDB’s threads')
    .action(
      act(async (options: object, paths: string[]) =>
        (await import('./writing.ts')).runIndex(paths, options as never, io),
      ),
    );

  program
    .command('repair')
    .summary('mend damaged logs at rest')
    .description(
      'Seals torn lines, puts glued records on lines of their own and moves what is no record to quarantine/, the file as it was beside it. A dry run unless --apply. Exit 1 when something is to mend, or is left.',
    )
    .argument('[path...]', 'files or folders to mend instead of the lake')
    .option('--apply', 'do it')
    .option('--accept', 'instead: acknowledge what could not be read, so that it no longer decides a check')
    .option('--reason <text>', 'with --accept: why')
    .option('--format <format>', 'table or json', 'table')
    .action(
      act(async (options: object, paths: string[]) =>
        (await import('./writing.ts')).runRepair(paths, options as never, io),
      ),
    );

  program
    .command('schema')
    .summary('print a JSON Schema')
    .description('Prints the JSON Schema of a family’s records, or of lakeobs.json.')
    .argument('<family>', 'session, observer, journal, replay, or config')
    .action(act(async (_options: object, family: string) => (await import('./writing.ts')).runSchema(family, io)));

  const init = program
    .command('init')
    .summary('start a lake, or a query')
    .description(
      'Writes a commented start: lakeobs.json, a lake folder, a query of your own, a CI example. Nothing that exists is changed.',
    )
    .option('--dir <dir>', 'the folder to write into', '.')
    .action(
      act(async (options: GlobalOptions & { dir: string }) => (await import('./writing.ts')).runInit(options, io)),
    );
  init
    .command('query')
    .summary('write a query template')
    .description('Writes a commented query template to queries/NAME.sql (below --dir of init).')
    .argument('<name>', 'its name')
    .option('--kind <kind>', 'query or check', 'check')
    .option('--family <family>', 'whose records it reads', 'session')
    .action(
      act(async (options: object, name: string) =>
        (await import('./writing.ts')).runInitQuery(name, options as never, io),
      ),
    );

  program
    .command('demo')
    .summary('the whole tour on generated data')
    .description(
      'Makes a lake of believable records in a temporary folder, runs queries and the alarm on it, and explains what it shows. Exit 0 when the planted answer was found.',
    )
    .option('--dir <dir>', 'keep the lake in this new folder instead of a temporary one')
    .option('--seed <n>', 'seed of the generator', '42')
    .action(act(async (options: object) => (await import('./writing.ts')).runDemo(options as never, io)));

  return program;
}

const exitCodes = `
Exit codes: 0 fine · 1 findings · 2 could not do or judge it · 130 Ctrl-C
An argument with a slash, a dot or a glob character, or -, is a path; anything else is a name.
Start here: lakeobs demo`;

/** Where the roster is. */
function rostered(command: Command): Command {
  return command
    .option('--roster <file>', 'ids of all workers, for the view roster (else $LAKEOBS_ROSTER, else the config)')
    .option('--roster-column <name>', 'the column of the roster that holds the ids');
}

/** Options of everything that reads. */
function scoped(command: Command): Command {
  const timed = rostered(command)
    .option('--since <time>', 'only rows from this time on: 2026-01-31, 24h, 7d, yesterday')
    .option('--until <time>', 'only rows before this time')
    .option('--tz <zone>', 'where days begin (default UTC)');
  return limited(timed);
}

/** Options of what runs statements. */
function limited(command: Command): Command {
  return command
    .option('--timeout <duration>', 'give up after this long, e.g. 30s')
    .option('--memory <size>', 'DuckDB’s memory limit, e.g. 2GiB')
    .option('--threads <n>', 'DuckDB’s threads')
    .option('--no-index', 'read every byte of the logs, as if there were no index');
}

/** Options of what prints rows. */
function reading(command: Command): Command {
  return scoped(command)
    .option('--format <format>', 'table, json, jsonl, csv, md or agent (default: table on a terminal, else jsonl)')
    .option(
      '-o, --output <file>',
      'write the rows to a file, kind by suffix: .json .jsonl .csv .md .txt (repeatable)',
      collect,
    )
    .option('--limit <n>', 'rows to print (default 50 in table and agent, else all)')
    .option('--expanded', 'table: one record per block')
    .option(
      '--chart <kind>',
      'draw bar, line or hist below the table, also "bar x=COLUMN y=COLUMN"; none leaves out a query’s own',
    );
}
