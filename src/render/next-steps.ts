// Where to look next after a verdict: commands that can be pasted, each with what it shows. Only commands that exist, only when there is something to see.
import { checkRowsShown, commandIdUnitsMax } from '../limits.ts';
import type { CheckResult, Verdict } from '../result.ts';
import { counted } from './figures.ts';
import { visible } from './visible.ts';

export interface Step {
  command: string;
  /** What it shows, in a few words. */
  shows: string;
}

/** Steps for what was found and what could not be read. `scope` are the words that made this run look where it looked (PATHs, --lake DIR, --since …),
 * repeated in every command. */
export function nextSteps(verdict: Verdict, scope: readonly string[] = []): Step[] {
  const steps: Step[] = [];
  const found = verdict.checks.filter((check) => check.rows.length > 0);
  for (const check of found)
    if (check.findings > Math.min(check.rows.length, checkRowsShown))
      steps.push({
        command: command(['query', check.name, ...paramWords(verdict, check)], scope),
        shows: `all ${counted(check.findings, 'row')} of ${check.name}`,
      });
  const id = found.map(firstSession).find((value) => value !== undefined);
  if (id !== undefined)
    steps.push({
      command: command(['show', id], placeOnly(scope)),
      shows: 'the first session found: its attempts, spans, logs and operations on one time line',
    });
  const { quarantined, torn, unknown_schema, unrecognised } = verdict.scanned;
  if (quarantined > 0)
    steps.push({
      command: sql(
        'SELECT source_file, line, byte_offset, reason, accepted, raw FROM quarantine ORDER BY source_file, byte_offset',
        scope,
      ),
      shows: 'what could not be read, and where',
    });
  if (quarantined > 0 && !verdict.checks.some(({ status }) => status === 'fail'))
    steps.push({
      command: command(['repair', '--accept', '--reason', 'WHY'], placeOnly(scope)),
      shows: 'once you have looked: it is known, and no longer decides',
    });
  if (torn + unknown_schema + unrecognised > 0)
    steps.push({
      command: sql('SELECT * FROM sources ORDER BY source_file', scope),
      shows: 'which files end in the middle of a record or hold records of another kind',
    });
  return steps;
}

/** The params this check ran with, where they are not the header's. */
function paramWords({ overrides }: Verdict, { name }: CheckResult): string[] {
  return overrides.flatMap(({ check, key, value }) =>
    check === name && key.startsWith('params.') ? ['-p', `${key.slice('params.'.length)}=${value}`] : [],
  );
}

/** Repair and show know no times and no roster. */
function placeOnly(scope: readonly string[]): string[] {
  return scope.filter((word, at) => !answerOptions.has(word) && !answerOptions.has(scope[at - 1] ?? ''));
}

const answerOptions = new Set(['--since', '--until', '--tz', '--roster', '--roster-column']);

/** The first session id among the rows, if one can be put into a command as it is. */
function firstSession(check: CheckResult): string | undefined {
  const at = check.columns.findIndex((column) => column.name === 'session_id');
  const id = at === -1 ? undefined : check.rows[0]?.[at];
  return typeof id === 'string' && /^[^-]/.test(id) && id.length <= commandIdUnitsMax && visible(id) === id
    ? id
    : undefined;
}

function sql(statement: string, scope: readonly string[]): string {
  return command(['sql', statement], scope);
}

function command(words: readonly string[], scope: readonly string[]): string {
  return ['lakeobs', ...words, ...scope].map(quoted).join(' ');
}

/** A word for a POSIX shell; SQL with its single quotes reads better in double ones. */
function quoted(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return word.includes("'") && !/["$`\\!]/.test(word) ? `"${word}"` : `'${word.replaceAll("'", `'\\''`)}'`;
}
