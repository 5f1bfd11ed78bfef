// What happens once the answer is printed: the index is built if the config asks for that, else a large log without one is worth a word.
import type { Evidence } from '../catalog/evidence.ts';
import { indexHintBytesMin } from '../limits.ts';
import { humanBytes } from '../render/figures.ts';
import type { Io } from './io.ts';
import { commandWords } from './notes.ts';
import { indexPlaceOf, placeOf, type ReadOptions, scopeWords } from './options.ts';

/** Never changes the exit code of the run. */
export async function afterAnswer(
  { sources }: Pick<Evidence, 'sources'>,
  options: ReadOptions,
  paths: readonly string[],
  io: Io,
): Promise<void> {
  if (options.index === false) return;
  const files = sources.filter(({ form }) => form !== 'stdin');
  const bytes = files.reduce((sum, source) => sum + source.bytes - source.indexed_bytes, 0);
  if (bytes > 0 && (await placeOf(options, io)).config.indexAuto) {
    const { indexAfterwards } = await import('./index-logs.ts');
    await indexAfterwards(paths, options, io);
  } else if (bytes > indexHintBytesMin && options.quiet !== true) {
    io.stderr(
      `lakeobs: ${humanBytes(bytes)} were read without an index: lakeobs index${commandWords(scopeWords(indexPlaceOf(options), paths))} makes the next answer quicker\n`,
    );
  }
}
