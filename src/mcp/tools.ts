// The registry of tools: one line each, in the order a reader needs them.
import type { Tool } from './tool.ts';
import { describe } from './tools/describe.ts';
import { listQueries } from './tools/list-queries.ts';
import { runChecks } from './tools/run-checks.ts';
import { runQuery } from './tools/run-query.ts';
import { show } from './tools/show.ts';
import { sql } from './tools/sql.ts';

export const tools: readonly Tool[] = [listQueries, runQuery, runChecks, describe, sql, show];
