// `lakeobs show`: everything that carries an id, on one time line.
import { EXIT, LakeobsError } from '../errors.ts';
import { sqlTimeoutMs } from '../limits.ts';
import { timelineText } from '../render/timeline-text.ts';
import { gather } from '../timeline/gather.ts';
import { timelineOf } from '../timeline/tree.ts';
import { afterAnswer } from './after-answer.ts';
import { type Io, wantsColor } from './io.ts';
import { notesOf } from './notes.ts';
import { mustBePath, oneOf, type ReadOptions, runOptionsOf, scopeWords } from './options.ts';

export interface ShowOptions extends ReadOptions {
  format?: string;
  full?: boolean;
}

const formats = ['text', 'table', 'json', 'jsonl', 'md'] as const;

/** The id may look like a path: it is always the first argument. */
export async function runShow(id: string, paths: readonly string[], options: ShowOptions, io: Io): Promise<number> {
  for (const path of paths) mustBePath(path);
  const format = oneOf('--format', options.format ?? 'text', formats);
  if (options.full === true && format !== 'text')
    throw new LakeobsError('usage', `--full is for text; ${format} has everything`, { hint: 'Leave one of them out.' });
  const run = await runOptionsOf(options, paths, io);
  const gathered = await gather(id, { ...run, timeoutMs: run.timeoutMs ?? sqlTimeoutMs });
  const { evidence } = gathered;
  const timeline = timelineOf(id, gathered);
  const color = wantsColor(io, options.color);
  if (format === 'text') await io.stdout(timelineText(timeline, { width: io.width, color, full: options.full }));
  else {
    const { timelineJson, timelineJsonl, timelineTable } = await import('../render/timeline-data.ts');
    if (format === 'json') await io.stdout(timelineJson(timeline, evidence.scanned));
    else if (format === 'jsonl') await io.stdout(timelineJsonl(timeline));
    else {
      const { renderTable } = await import('../render/formats.ts');
      await io.stdout(renderTable(timelineTable(timeline), format, { width: io.width, color, terminal: io.isTTY }));
    }
  }
  if (options.quiet !== true)
    for (const note of notesOf(evidence, scopeWords(options, paths))) io.stderr(`lakeobs: ${note}\n`);
  await afterAnswer(evidence, options, paths, io);
  return EXIT.fine;
}
