// The verbs that read, in one piece: they share nearly everything, and one file loads faster than many.
export { runCheck } from './check.ts';
export { runQuery } from './query.ts';
export { runSources } from './sources.ts';
export { runSql } from './sql.ts';
