// run_query: a query by its name.
import * as z from 'zod/mini';
import { agentRowsDefault } from '../../limits.ts';
import { rowsText } from '../answer.ts';
import { paramsOf, queryNamed, textsOf } from '../named.ts';
import { catalogueOf } from '../place.ts';
import { paramValues, rowLimit, tool, word } from '../tool.ts';
import { windowInput, windowOf } from '../window.ts';

export const runQuery = tool({
  name: 'run_query',
  title: 'Run a query',
  description:
    'Runs a query or check of list_queries by its name and gives its rows. To know whether a check counts as failed use run_checks. Ids in the rows: show tells everything about one of them.',
  input: z.strictObject({
    name: word('a name of list_queries, e.g. alarm'),
    params: paramValues('values for the params of the query, e.g. {"n": 20}; default: those of list_queries'),
    ...windowInput,
    limit: rowLimit(agentRowsDefault),
  }),
  run: async ({ name, params, limit, ...window }, { place, desk, signal }) => {
    const query = queryNamed(name, catalogueOf(place));
    const bound = paramsOf(query, textsOf(params));
    return { text: rowsText(await desk.statement(query.sql, { params: bound, limit, ...windowOf(window) }, signal)) };
  },
});
