// The database that is being opened before its engine is asked for (preload.ts), and the settings every database is opened with.
import type { Database } from '@duckdb/node-bindings';

/** Settings that can only be given when DuckDB is opened, or are best given then. */
export const openSettings = {
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
  allow_community_extensions: 'false',
  // Until somebody asks for more (Engine.spread): threads that only wait cost more than a small log.
  threads: '1',
} as const;

let opening: Promise<Database> | undefined;

/** Keeps a database that is being opened for the next engine. A failure shows there. */
export function keepOpening(database: Promise<Database>): void {
  opening = database;
  opening.catch(() => {});
}

/** What is being opened; undefined when nothing is. One database serves one engine: the second call gets nothing. */
export function takeOpening(): Promise<Database> | undefined {
  const taken = opening;
  opening = undefined;
  return taken;
}
