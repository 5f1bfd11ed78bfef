// The shell without a terminal: lines from a pipe or a file, run in their order. It ends at the first failure, unless it is told to go on.
import { createReader, type Outcome } from './reader.ts';
import type { Session } from './session.ts';

/** Runs all lines; what stands behind the last semicolon too. `name` stands in front of failures, with the line. Returns whether nothing failed. */
export async function runScript(
  session: Session,
  lines: AsyncIterable<string> | Iterable<string>,
  name: string,
  keepGoing: boolean,
): Promise<{ failed: boolean; quit: boolean }> {
  let failed = false;
  const reader = createReader(async (input, line) => {
    const outcome = await session.run(input, `${name}:${line}`);
    if (outcome !== 'failed') return outcome;
    failed = true;
    return keepGoing ? 'done' : 'failed';
  });
  const ends = (outcome: Outcome): boolean => outcome !== 'done';
  for await (const line of lines) {
    const outcome = await reader.feed(line);
    if (ends(outcome)) return { failed, quit: outcome === 'quit' };
  }
  const last = await reader.finish();
  return { failed, quit: last === 'quit' };
}
