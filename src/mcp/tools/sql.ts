// sql: one statement of the caller's own.
import * as z from 'zod/mini';
import { agentRowsDefault } from '../../limits.ts';
import { rowsText } from '../answer.ts';
import { described, rowLimit, tool } from '../tool.ts';
import { windowInput, windowOf } from '../window.ts';

export const sql = tool({
  name: 'sql',
  title: 'Run one read-only SQL statement',
  description:
    'Runs one statement over the views and gives its rows. Call describe first for views and columns. SELECT, WITH, FROM-first, VALUES, DESCRIBE, SUMMARIZE, PIVOT with IN and EXPLAIN in DuckDB’s dialect; no files, no settings, no second statement. Aggregate and LIMIT: values are cut to 300 characters and an answer to 32 KiB.',
  input: z.strictObject({
    statement: described(
      z.string().check(z.minLength(1)),
      'e.g. SELECT model, count(*) AS n FROM sessions GROUP BY model ORDER BY n DESC',
    ),
    ...windowInput,
    limit: rowLimit(agentRowsDefault),
  }),
  run: async ({ statement, limit, ...window }, { desk, signal }) => ({
    text: rowsText(await desk.statement(statement, { limit, ...windowOf(window) }, signal)),
  }),
});
