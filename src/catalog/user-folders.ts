// Folders of the user who runs lakeobs, by the XDG base directory rules: a relative path in one of these variables is not valid.
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Where what is derived from files outside a lake lies: `$XDG_CACHE_HOME/lakeobs`. Removing it changes nothing but speed. */
export function cacheFolderOf(env: NodeJS.ProcessEnv): string {
  return folder(env.XDG_CACHE_HOME, '.cache', env);
}

/** What lakeobs has to remember: `$XDG_STATE_HOME/lakeobs`. */
export function stateFolderOf(env: NodeJS.ProcessEnv): string {
  return folder(env.XDG_STATE_HOME, '.local/state', env);
}

/** What the user wants: `$XDG_CONFIG_HOME/lakeobs`. */
export function configFolderOf(env: NodeJS.ProcessEnv): string {
  return folder(env.XDG_CONFIG_HOME, '.config', env);
}

function folder(named: string | undefined, usual: string, env: NodeJS.ProcessEnv): string {
  return join(named !== undefined && isAbsolute(named) ? named : join(env.HOME || homedir(), usual), 'lakeobs');
}
