// The first thing a process runs: for verbs that read it begins to open DuckDB, then it loads the command line (cli.ts). It is small, so that nothing stands in front.
import { preloadEngine } from './engine/preload.ts';
import { childWord } from './query/child-word.ts';

/** Rejects when lakeobs cannot be loaded; whatever happens later is cli.ts's to tell. */
export const started: Promise<void> = start();

async function start(): Promise<void> {
  if (process.argv[2] === childWord) {
    await preloadEngine();
    (await import('./query/child-main.ts')).serveStatements();
    return;
  }
  const verb = process.argv.slice(2).find((word) => !word.startsWith('-')) ?? '';
  if (/^(query|sql|check|sources)$/.test(verb)) await preloadEngine();
  await (await import('./cli.ts')).main();
}
