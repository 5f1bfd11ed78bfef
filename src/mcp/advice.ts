// What a failed statement advises a reader who has tools and no command line. Hints are written for people at a terminal: what names a command, an option or a page is said in
// words of the tools, or left out. What only the person who runs the server can mend keeps the words for that person.
import { InterruptedError } from '../engine/engine.ts';
import type { LakeobsError } from '../errors.ts';

/** The hint of an error without what a tool call cannot do; undefined when nothing is left. */
export function adviceOf({ code, hint, cause }: LakeobsError): string | undefined {
  if (cause instanceof InterruptedError) return endings[cause.by];
  if (hint === undefined) return undefined;
  const known = inWordsOfTools.find(([begins]) => hint.startsWith(begins));
  if (known !== undefined) return known[1];
  if (code !== 'query') return hint;
  const clauses = hint.split(/(?<=[.?!;:]) +/);
  const left = clauses.filter((clause) => !ofTheTerminal.test(clause));
  return left.length === 0 ? undefined : left.join(' ').replace(/[;:]$/, '.');
}

const operator = 'the person who runs this server';

const endings = {
  'time-out': `Ask for less: a shorter time (since, until), fewer columns, an aggregate. The limit is set by ${operator}.`,
  memory: `Ask for fewer rows and columns, or shorter texts. The limit is set by ${operator}.`,
  signal: undefined,
} as const;

/** Hints of which too little would be left, by their beginning. */
const inWordsOfTools: readonly (readonly [string, string])[] = [
  ['Raise it with --memory', endings.memory],
  ['Name the file: --roster', `Only ${operator} can give a roster. Ask over the other views.`],
  ['Write the value itself', 'Write the value itself into the statement; values are given with run_query.'],
];

/** A command, an option, a page. */
const ofTheTerminal = /\blakeobs (sql|query|index|show|check)\b|(^|[\s(])--?[a-z]|\.md\b/;
