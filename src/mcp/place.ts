// What the operator gave when the server was started: where it looks and what a call may take. No call changes any of it.
import type { SentOptions } from '../query/child-messages.ts';
import { type Catalogue, listQueries } from '../query/load.ts';

export interface Place {
  /** The scope and the limits of every call; data only: they are sent to other processes. */
  run: SentOptions & { timeoutMs: number };
  version: string;
}

/** The queries there are now: bundled ones and those of the config's folders. @throws LakeobsError usage as listQueries. */
export function catalogueOf({ run }: Place): Catalogue {
  return listQueries(run.scope.config.queries);
}
