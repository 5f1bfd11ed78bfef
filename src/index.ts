// The front door `lakeobs`: everything the command line does, and all of `lakeobs/writer`.
export { type Config, noConfig } from './catalog/config.ts';
export { readConfig } from './catalog/config-file.ts';
export { type ErrorCode, LakeobsError } from './errors.ts';
export { type Answer, type AskOptions, type Lake, type LakeCheckOptions, type LakeOptions, openLake } from './lake.ts';
export { type ChildAnswer, type ChildOptions, type ChildRunOptions, openChild, type SqlChild } from './query/child.ts';
export type * from './result.ts';
export * from './schema/index.ts';
export { version } from './version.ts';
export * from './writer.ts';
