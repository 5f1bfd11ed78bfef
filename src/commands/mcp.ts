// `lakeobs mcp`: the tools of mcp/ over standard input and output. A bundle of its own (scripts/build.mjs), because no other verb needs the protocol; so it tells its failures itself:
// an error of one bundle is a stranger to the other.
import { EXIT, LakeobsError } from '../errors.ts';
import { sqlTimeoutMs } from '../limits.ts';
import { catalogueOf, type Place } from '../mcp/place.ts';
import { serve } from '../mcp/server.ts';
import { serveTask } from '../mcp/task-process.ts';
import { failureText } from '../render/failure.ts';
import { version } from '../version.ts';
import { endBySignal } from './end-by-signal.ts';
import { type Io, wantsColor } from './io.ts';
import { mustBePath, type ReadOptions, runOptionsOf } from './options.ts';

export async function runMcp(paths: readonly string[], options: ReadOptions, io: Io): Promise<number> {
  try {
    const place = await placeOf(paths, options, io);
    // The process of one call, under the server (mcp/task-process.ts).
    if (io.supervision === 'here') await serveTask(place);
    else await serveStreams(place, options, io);
    return EXIT.fine;
  } catch (error) {
    if (!(error instanceof LakeobsError)) throw error;
    io.stderr(
      failureText(error, { color: wantsColor({ ...io, isTTY: process.stderr.isTTY === true }, options.color) }),
    );
    return EXIT.failed;
  }
}

async function placeOf(paths: readonly string[], options: ReadOptions, io: Io): Promise<Place> {
  for (const path of paths) mustBePath(path);
  if (paths.includes('-'))
    throw new LakeobsError('usage', 'standard input is where the client speaks: no log can come from there', {
      hint: 'Name a file.',
    });
  const { scope, memory, threads, timeoutMs, cacheFolder, stateFolder } = await runOptionsOf(
    { ...options, quiet: true },
    paths,
    io,
  );
  const run = { scope, memory, threads, cacheFolder, stateFolder, timeoutMs: timeoutMs ?? sqlTimeoutMs };
  return { run, version: version() };
}

async function serveStreams(place: Place, options: ReadOptions, io: Io): Promise<void> {
  // What is wrong with the config's folders is told now, to a person, not at the first call.
  catalogueOf(place);
  const { stdin, stdout } = process;
  const note = (text: string) => {
    if (options.quiet !== true) io.stderr(`lakeobs: ${text}\n`);
  };
  if (stdin.isTTY)
    note('this speaks the Model Context Protocol, to a program: docs/agents.md says how to add it to one');
  const told = new AbortController();
  let ending: NodeJS.Signals | undefined;
  for (const name of ['SIGTERM', 'SIGHUP'] as const)
    process.once(name, () => {
      ending = name;
      told.abort();
    });
  io.signal.addEventListener('abort', () => told.abort(), { once: true });
  await serve(place, { input: stdin, output: stdout, note, signal: told.signal });
  if (ending !== undefined) endBySignal(ending);
}
