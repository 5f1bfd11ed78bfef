// The first thing a process runs: for verbs that read it begins to open DuckDB, then it loads the command line (cli.ts). It is small, so that nothing stands in front.
// Free SQL runs in a process under this one (commands/supervised.ts), which for that loads nothing else.
import { isSupervised, supervise } from './commands/supervised.ts';
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
  const verb = verbOf(process.argv.slice(2));
  if (verb === 'sql' && !isSupervised) process.exit(await supervise());
  if (/^(query|sql|check|sources|show|watch)$/.test(verb)) await preloadEngine();
  await (await import('./cli.ts')).main();
}

/** The first word that is no option and no value of a global one. A guess that only saves time: cli.ts decides. */
function verbOf(words: readonly string[]): string {
  return words.find((word, index) => !word.startsWith('-') && !/^--(lake|config)$/.test(words[index - 1] ?? '')) ?? '';
}
