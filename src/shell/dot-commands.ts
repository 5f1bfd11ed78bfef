// The commands of the shell that are no SQL: a dot, a name, words. What each does is in session.ts.
import { didYouMean } from '../catalog/names.ts';
import { LakeobsError } from '../errors.ts';

export type DotName =
  | 'help'
  | 'tables'
  | 'schema'
  | 'query'
  | 'checks'
  | 'mode'
  | 'chart'
  | 'limit'
  | 'timer'
  | 'pager'
  | 'output'
  | 'quit';

export interface DotCommand {
  name: DotName;
  /** Its arguments, for help; '' for none. */
  usage: string;
  doc: string;
  /** What Tab offers. */
  takes?: 'view' | 'query' | 'check' | 'mode' | 'switch';
  /** Every argument is one of those, not only the first. */
  many?: boolean;
}

export const dotCommands: readonly DotCommand[] = [
  { name: 'help', usage: '', doc: 'this list' },
  { name: 'tables', usage: '', doc: 'the views, by family' },
  { name: 'schema', usage: '[VIEW]', doc: 'columns and types of a view, or of all', takes: 'view' },
  {
    name: 'query',
    usage: '[NAME [PARAM=VALUE…]]',
    doc: 'run a query; without a name, list them',
    takes: 'query',
  },
  {
    name: 'checks',
    usage: '[NAME…]',
    doc: 'the verdict of all checks, or of those named',
    takes: 'check',
    many: true,
  },
  { name: 'mode', usage: '[MODE]', doc: 'how results are printed', takes: 'mode' },
  {
    name: 'chart',
    usage: '[KIND|none|own]',
    doc: 'bar, line or hist below tables; own: by the query',
  },
  { name: 'limit', usage: '[N|all]', doc: 'rows to print of a result' },
  { name: 'timer', usage: '[on|off]', doc: 'how long each statement took', takes: 'switch' },
  { name: 'pager', usage: '[on|off]', doc: 'long results through $PAGER, else less -R', takes: 'switch' },
  { name: 'output', usage: '[FILE]', doc: 'results into a file, until .output without one' },
  { name: 'quit', usage: '', doc: 'leave; so do Ctrl-D, exit and quit' },
];

/** Whether a line, where a statement could begin, is a command of the shell. */
export function isDotCommand(line: string): boolean {
  return /^\s*\.\s*[A-Za-z]/.test(line) || /^\s*(?:quit|exit|help)\s*;?\s*$/i.test(line);
}

/** Takes a command apart. Words are separated by blanks; one with blanks stands in '…' or "…". A semicolon at the end is forgiven.
 * @throws LakeobsError usage for an unknown name, with the nearest; for arguments where there are none. */
export function parseDotCommand(line: string): { name: DotName; words: string[] } {
  const [first = '', ...words] = wordsOf(
    line
      .trim()
      .replace(/^\.\s*/, '')
      .replace(/;\s*$/, ''),
  );
  const name = first.toLowerCase() === 'exit' ? 'quit' : first.toLowerCase();
  const names = dotCommands.map((command) => command.name);
  const command = dotCommands.find((one) => one.name === name);
  if (command === undefined)
    throw new LakeobsError('usage', `there is no command .${first}. ${didYouMean(name, names)}`, {
      hint: '.help lists them.',
    });
  if (command.usage === '' && words.length > 0)
    throw new LakeobsError('usage', `.${name} takes no arguments`, { hint: '.help lists the commands.' });
  return { name: command.name, words };
}

function wordsOf(text: string): string[] {
  return [...text.matchAll(/((?:'[^']*'|"[^"]*"|[^\s'"])+)/g)].map(([word]) =>
    word.replace(/'([^']*)'|"([^"]*)"/g, '$1$2'),
  );
}

/** The list of `.help`. */
export function helpText(): string {
  const heads = dotCommands.map(({ name, usage }) => `.${name}${usage === '' ? '' : ` ${usage}`}`);
  const width = Math.max(...heads.map((head) => head.length));
  const lines = dotCommands.map(({ doc }, at) => `${heads[at]!.padEnd(width)}  ${doc}`);
  return [
    ...lines,
    '',
    'SQL ends with ; and may take several lines. Tab completes.',
    'Ctrl-C cancels what runs, or what is typed.',
    '',
  ].join('\n');
}
