// Begins opening DuckDB before anything else of lakeobs is loaded. Opening takes as long as loading the rest of the program, and runs on a thread of its own: so the
// native binding comes first, and the JavaScript around it, like everything else, while DuckDB is at it.
import { keepOpening, openSettings } from './opening.ts';

/** Begins; returns once DuckDB itself is at it. A failure shows when the engine is opened. */
export async function preloadEngine(): Promise<void> {
  const bindings = await import('@duckdb/node-bindings').catch(() => null);
  if (bindings === null) return;
  const { create_config, open, set_config } = bindings.default;
  const config = create_config();
  for (const [name, value] of Object.entries(openSettings)) set_config(config, name, value);
  keepOpening(open(':memory:', config));
}
