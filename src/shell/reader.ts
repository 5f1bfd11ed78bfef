// From lines to what is run: gathers lines until a statement ends, tells commands of the shell from SQL, and knows on which line each began.
import { isDotCommand } from './dot-commands.ts';
import { splitStatements } from './statements.ts';

export type Outcome = 'done' | 'failed' | 'quit';

/** Runs one statement or command; `line` is where it began, 1-based, `indented` whether that line begins with a blank. */
export type RunInput = (input: string, line: number, indented: boolean) => Promise<Outcome>;

export interface Reader {
  /** Takes a line, runs what it completes. Stops at the first outcome that is not `done` and drops the rest of that line. */
  feed(line: string): Promise<Outcome>;
  /** Lines of a statement that has not ended; '' when the next line begins one. */
  pending(): string;
  /** Drops them. */
  drop(): void;
  /** Runs what is there without its semicolon. */
  finish(): Promise<Outcome>;
}

export function createReader(run: RunInput): Reader {
  let pending = '';
  let number = 0;
  let began = 1;
  let indented = false;
  return {
    async feed(line) {
      number++;
      if (pending === '') {
        began = number;
        indented = /^\s/.test(line);
        if (isDotCommand(line)) return run(line.trim(), number, indented);
      }
      const { statements, rest } = splitStatements(pending === '' ? line : `${pending}\n${line}`);
      pending = rest;
      for (const statement of statements) {
        const outcome = await run(statement, began, indented);
        began = number;
        if (outcome === 'done') continue;
        pending = '';
        return outcome;
      }
      return 'done';
    },
    pending: () => pending,
    drop: () => {
      pending = '';
    },
    async finish() {
      const last = pending.trim();
      pending = '';
      return last === '' ? 'done' : run(last, began, indented);
    },
  };
}
