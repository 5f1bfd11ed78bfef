// What Tab offers: dot-commands and their arguments from lists of ours, SQL from DuckDB's own sql_auto_complete over empty tables that have the views' names and columns.
// Its answers are narrowed to what begins with the word typed and may stand in a statement here. The engine for it is opened at the first Tab, and holds no data.
import { type Engine, openEngine, quoteName } from '../engine/engine.ts';
import { completionsMax } from '../limits.ts';
import { functionsAllowed } from '../query/functions.ts';
import { tableFunctionsAllowed } from '../query/guard.ts';
import { type DotCommand, dotCommands } from './dot-commands.ts';
import { knownViews } from './views.ts';

/** Candidates for the end of a line, and the part of the line they replace: what readline wants. */
export type Completions = [candidates: string[], replaced: string];

export interface Completer {
  /** `before`: lines of the statement above this one; `line`: this one up to the cursor. */
  complete(before: string, line: string): Promise<Completions>;
  close(): void;
}

/** Names that arguments of dot-commands are completed to. */
export interface Known {
  queries: readonly string[];
  checks: readonly string[];
  modes: readonly string[];
}

export function openCompleter(known: Known): Completer {
  let engine: Promise<Engine> | null = null;
  return {
    complete: async (before, line) => {
      if (before === '' && /^\s*\./.test(line)) return dotCompletions(line.trimStart(), known);
      engine ??= openNames();
      return sqlCompletions(await engine, before, line);
    },
    close: () => void engine?.then((open) => open.close()),
  };
}

async function openNames(): Promise<Engine> {
  const engine = await openEngine({ oneThread: true });
  const tables = [...knownViews].map(([view, columns]) => {
    const declared = columns.map(({ name, type }) => `${quoteName(name)} ${type}`);
    return `CREATE TABLE ${quoteName(view)} (${declared.join(', ')})`;
  });
  await engine.exec(tables.join('; '));
  await engine.seal([]);
  return engine;
}

async function sqlCompletions(engine: Engine, before: string, line: string): Promise<Completions> {
  const word = /[\w"]*$/.exec(line)![0];
  const { rows } = await engine.all('SELECT suggestion FROM sql_auto_complete($text)', {
    text: { type: 'text', value: `${before}\n${line}` },
  });
  const upper = /[A-Z]/.test(word) && word === word.toUpperCase();
  const found = rows.flatMap(([suggestion]) => {
    const text = String(suggestion);
    const bare = text.trimEnd();
    if (!bare.toLowerCase().startsWith(word.toLowerCase())) return [];
    // With nothing typed nearly everything may follow: names are what one looks for.
    if (word === '' && !names.has(bare)) return [];
    if (names.has(bare)) return [bare];
    // A blank behind it tells a keyword from a function.
    const known =
      bare === text ? functionsAllowed.has(bare) || tableFunctionsAllowed.has(bare) : keywords.has(bare.toLowerCase());
    if (!known || !/^\w+$/.test(bare)) return [];
    return [upper ? text.toUpperCase() : text];
  });
  return [[...new Set(found)].slice(0, completionsMax), word];
}

const names = new Set([...knownViews].flatMap(([view, columns]) => [view, ...columns.map(({ name }) => name)]));

/** Of the words of the grammar those that people type here; the rest are types of DuckDB's own housekeeping, and statements that are refused. */
const keywords = new Set(
  `all and anti any as asc asof between by case cast cross cube current describe desc distinct else end escape except exclude exists explain extract false fetch filter first following
  from full group groups having ilike in inner intersect interval is join last lateral left like limit natural not null nulls offset on or order ordinality outer over partition pivot
  positional preceding qualify range recursive replace right rollup row rows sample semi select sets show similar some summarize table tables then to true unbounded union unpivot using
  values when where window with within`.split(/\s+/),
);

function dotCompletions(line: string, known: Known): Completions {
  const [, name, space, argument] = /^(\.\S*)(\s*)(.*)$/.exec(line)!;
  if (space === '')
    return [dotCommands.map((command) => `.${command.name} `).filter((text) => text.startsWith(name!)), name!];
  const command = dotCommands.find((one) => `.${one.name}` === name);
  const word = /\S*$/.exec(argument!)![0];
  const first = argument === word || command?.many === true;
  const candidates = command === undefined || !first ? [] : argumentsOf(command, known);
  return [candidates.filter((text) => text.startsWith(word)), word];
}

function argumentsOf({ takes }: DotCommand, known: Known): readonly string[] {
  switch (takes) {
    case 'view':
      return [...knownViews.keys()];
    case 'query':
      return known.queries;
    case 'check':
      return known.checks;
    case 'mode':
      return known.modes;
    case 'switch':
      return ['on', 'off'];
    default:
      return [];
  }
}
