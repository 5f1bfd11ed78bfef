// The temporary folder of a process that may be killed at any time: its parent makes it and removes it, so that nothing of a killed one stays behind. Only when the
// parent is killed itself, the child removes it, on its way out.
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isTemporaryFolder, makeTemporaryFolder } from '../catalog/temporary.ts';

export interface PrivateFolder {
  /** What the child must find in its environment. */
  env: NodeJS.ProcessEnv;
  remove(): void;
}

/** Makes one; when that fails the child gets none, and says so itself if it needs one. */
export function makePrivateFolder(): PrivateFolder {
  let path: string;
  try {
    path = makeTemporaryFolder();
  } catch {
    return { env: {}, remove: () => {} };
  }
  return {
    env: { TMPDIR: path, TMP: path, TEMP: path, [variable]: path },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** Ends this process, whose parent is gone: by a kill, because an exit would wait for whatever runs. */
export function endWithoutParent(): void {
  const given = process.env[variable];
  // Never a folder that merely is the temporary one.
  if (given !== undefined && given === tmpdir() && isTemporaryFolder(given))
    rmSync(given, { recursive: true, force: true });
  process.kill(process.pid, 'SIGKILL');
}

const variable = 'LAKEOBS_PRIVATE_FOLDER';
