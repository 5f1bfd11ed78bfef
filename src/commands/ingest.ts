// `lakeobs ingest`: evidence into the lake, byte for byte. One JSON document on stdout; what a person should know on stderr as it happens.
// Exit 1 for newly rejected lines, 2 when a source could not be read to its end, 130 when stopped.
import { EXIT, LakeobsError } from '../errors.ts';
import { ingest } from '../ingest/ingest.ts';
import type { IngestSummary } from '../ingest/summary.ts';
import { jsonDocument } from '../render/json-text.ts';
import { visible } from '../render/visible.ts';
import { familyNamed } from './family-named.ts';
import type { GlobalOptions } from './global-options.ts';
import type { Io } from './io.ts';
import { placeOf } from './options.ts';
import { startProgress } from './progress.ts';

export interface IngestCommandOptions extends GlobalOptions {
  family?: string;
  map?: string;
}

export async function runIngestCommand(
  paths: readonly string[],
  options: IngestCommandOptions,
  io: Io,
): Promise<number> {
  if (paths.length === 0 && process.stdin.isTTY)
    throw new LakeobsError('usage', 'nothing to ingest', {
      hint: 'Name files or folders, or pipe lines into lakeobs ingest -.',
    });
  const quiet = options.quiet === true;
  const progress = startProgress('ingest', 'bytes', !quiet, io);
  let summary: IngestSummary;
  try {
    summary = await ingest({
      lake: (await placeOf(options, io)).lake,
      paths: paths.length === 0 ? ['-'] : paths,
      family: options.family === undefined ? undefined : familyNamed(options.family, '--family'),
      map: options.map,
      cwd: io.cwd,
      signal: io.signal,
      onNote: (kind, note) => {
        if (!quiet || kind !== 'info') io.stderr(`lakeobs: ${visible(note)}\n`);
      },
      onProgress: ({ doneBytes, totalBytes }) => progress.tick(doneBytes, totalBytes === 0 ? undefined : totalBytes),
    });
  } finally {
    progress.stop();
  }
  await io.stdout(`${jsonDocument(summary)}\n`);
  if (summary.interrupted) return EXIT.interrupted;
  if (summary.failed.length > 0) return EXIT.failed;
  return summary.quarantined > 0 ? EXIT.findings : EXIT.fine;
}
