// Begins opening DuckDB before anything else of lakeobs is loaded. Opening takes as long as loading the rest of the program, and runs on a thread of its own: so the
// native binding comes first, and the JavaScript around it, like everything else, while DuckDB is at it.
import type { Database } from '@duckdb/node-bindings';

/** Begins; returns once DuckDB itself is at it. A failure shows when the engine is opened. */
export async function preloadEngine(): Promise<void> {
  const bindings = await import('@duckdb/node-bindings').catch(() => null);
  if (bindings === null) return;
  const { create_config, open, set_config } = bindings.default;
  const config = create_config();
  for (const [name, value] of Object.entries(openSettings)) set_config(config, name, value);
  opening = open(':memory:', config);
  opening.catch(() => {});
}

/** What was begun; undefined when nothing was. One database serves one engine: the second call gets nothing. */
export function takePreloaded(): Promise<Database> | undefined {
  const taken = opening;
  opening = undefined;
  return taken;
}

let opening: Promise<Database> | undefined;

/** Settings that can only be given when DuckDB is opened, or are best given then. */
export const openSettings = {
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
  allow_community_extensions: 'false',
  // Until somebody asks for more (Engine.spread): threads that only wait cost more than a small log.
  threads: '1',
} as const;
