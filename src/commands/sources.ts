// `lakeobs sources`: what is read, file by file, and what lies beside it unread.
import { EXIT } from '../errors.ts';
import { rosterSummary, withRun } from '../query/run.ts';
import { count, counted, humanBytes } from '../render/figures.ts';
import { formatNames } from '../render/format.ts';
import { rosterInWords } from '../render/roster-words.ts';
import { visible } from '../render/visible.ts';
import type { Row } from '../result.ts';
import { formatAsked } from './agent.ts';
import { type Io, wantsColor } from './io.ts';
import { listingNotes } from './notes.ts';
import { mustBePath, oneOf, type ReadOptions, runOptionsOf } from './options.ts';

export interface SourcesOptions extends ReadOptions {
  format?: string;
}

export async function runSources(paths: readonly string[], options: SourcesOptions, io: Io): Promise<number> {
  for (const path of paths) mustBePath(path);
  const format = oneOf('--format', formatAsked(options.format, io) ?? 'table', formatNames);
  const run = await runOptionsOf(options, paths, io);
  const code = await withRun([], run, async ({ evidence }) => {
    const columns = [
      'file',
      'family',
      'form',
      'records',
      'quarantined',
      'torn_bytes',
      'unknown_schema',
      'unrecognised',
      'bytes',
      'indexed_bytes',
    ] as const;
    const rows: Row[] = evidence.sources.map((source) => columns.map((column) => source[column]));
    const types = columns.map((name) => ({
      name,
      type: ['file', 'family', 'form'].includes(name) ? 'VARCHAR' : 'BIGINT',
    }));
    const { renderTable } = await import('../render/formats.ts');
    await io.stdout(
      renderTable({ columns: types, rows }, format, { width: io.width, color: wantsColor(io, options.color) }),
    );
    if (options.quiet !== true) {
      const { scanned } = evidence;
      for (const note of listingNotes(evidence.listing)) io.stderr(`lakeobs: ${note}\n`);
      io.stderr(
        `lakeobs: ${counted(scanned.files, 'file')}, ${humanBytes(scanned.bytes)}, ${counted(scanned.records, 'record')}, ${count(scanned.quarantined)} damaged, ${count(scanned.unknown_schema)} of unknown version, ${count(scanned.unrecognised)} unrecognised\n`,
      );
    }
    return EXIT.fine;
  });
  const { roster } = run.scope;
  if (roster !== undefined) {
    const summary = await rosterSummary(roster, run);
    if (options.quiet !== true) io.stderr(`lakeobs: roster ${visible(rosterInWords(summary))}\n`);
  }
  return code;
}
