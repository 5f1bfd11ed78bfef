// `lakeobs init`: a commented start, and `lakeobs init query NAME`: a template. Nothing that exists is changed.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { readConfig } from '../catalog/config-file.ts';
import { EXIT, LakeobsError, reasonOf } from '../errors.ts';
import { listQueries } from '../query/load.ts';
import { familyNamed } from './family-named.ts';
import type { GlobalOptions } from './global-options.ts';
import { initFiles, queryTemplate } from './init-templates.ts';
import type { Io } from './io.ts';
import { oneOf } from './options.ts';

export async function runInit(options: GlobalOptions & { dir: string }, io: Io): Promise<number> {
  const folder = resolve(io.cwd, options.dir);
  for (const { path, text } of initFiles()) {
    const file = join(folder, path);
    await io.stdout(`${writeNew(file, text) ? 'wrote ' : 'kept  '} ${relative(io.cwd, file)}\n`);
  }
  if (options.quiet !== true) io.stderr(nextSteps);
  return EXIT.fine;
}

export async function runInitQuery(
  name: string,
  options: GlobalOptions & { dir: string; kind: string; family: string },
  io: Io,
): Promise<number> {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(name))
    throw new LakeobsError('usage', `${JSON.stringify(name)} is no query name`, {
      hint: 'Use lower-case letters, digits and hyphens: late-fills.',
    });
  const family = familyNamed(options.family, '--family');
  const kind = oneOf('--kind', options.kind, ['query', 'check']);
  const config = readConfig(options.config, io.cwd, io.env);
  if (listQueries(config.queries).files.has(name))
    throw new LakeobsError('usage', `there is a query ${name} already`, {
      hint: 'Choose another name: lakeobs query lists them.',
    });
  const folder = resolve(io.cwd, options.dir, 'queries');
  const file = join(folder, `${name}.sql`);
  if (!writeNew(file, queryTemplate(name, kind, family)))
    throw new LakeobsError('usage', `${file} exists`, { path: file, hint: 'Choose another name.' });
  await io.stdout(`wrote ${relative(io.cwd, file)}\n`);
  if (options.quiet !== true) {
    io.stderr(`Run it: lakeobs ${kind} ./${relative(io.cwd, file)}\n`);
    if (!config.queries.includes(folder))
      io.stderr(
        `To run it by name${kind === 'check' ? ', and in every lakeobs check' : ''}, ${
          config.file === null
            ? `write a lakeobs.json (lakeobs init does) with "queries": [${JSON.stringify(relative(io.cwd, folder))}]`
            : `put ${JSON.stringify(relative(dirname(config.file), folder))} into "queries" of ${relative(io.cwd, config.file)}`
        }.\n`,
      );
  }
  return EXIT.fine;
}

const nextSteps = `
Next:
  lakeobs append session '{"kind":"fill","model":"m","provider":"p","prompt":"…","iterations":1,"max_iterations":3,"final_verdict":"accepted","grounded_in_roster":true,"duration_ms":812}'
  lakeobs check alarm
  lakeobs query
`;

/** Writes a file that is not there yet; false when it is. */
function writeNew(file: string, text: string): boolean {
  if (existsSync(file)) return false;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text, { flag: 'wx' });
    return true;
  } catch (error) {
    throw new LakeobsError('io', `cannot write ${file}: ${reasonOf(error)}`, {
      path: file,
      hint: 'Check the folder and its permissions.',
      cause: error,
    });
  }
}
