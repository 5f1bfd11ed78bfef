// The verbs that write, in one piece (see reading.ts).
export { runAppend } from './append.ts';
export { runDemo } from './demo.ts';
export { runDoctor } from './doctor.ts';
export { runIndex } from './index-logs.ts';
export { runIngestCommand } from './ingest.ts';
export { runInit, runInitQuery } from './init.ts';
export { runRepair } from './repair.ts';
export { runSchema } from './schema.ts';
