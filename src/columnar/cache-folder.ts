// Where what is derived from files outside a lake lies, by the XDG base directory rules: a relative path there is not valid.
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** `$XDG_CACHE_HOME/lakeobs`, else `~/.cache/lakeobs`. */
export function cacheFolderOf(env: NodeJS.ProcessEnv): string {
  const home = env.XDG_CACHE_HOME;
  return join(home !== undefined && isAbsolute(home) ? home : join(env.HOME || homedir(), '.cache'), 'lakeobs');
}
