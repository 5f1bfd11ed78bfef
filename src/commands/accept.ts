// `lakeobs repair --accept`: somebody has looked at what could not be read and says that it need not stop a check any more. Nothing is mended or removed; the view
// quarantine and every verdict go on showing it, as accepted.
import { accept } from '../catalog/accepted.ts';
import type { Quarantined } from '../catalog/quarantine.ts';
import { stateFolderOf } from '../catalog/user-folders.ts';
import { EXIT, LakeobsError } from '../errors.ts';
import { damagedRangesListed } from '../limits.ts';
import { withRun } from '../query/run.ts';
import { count, counted } from '../render/figures.ts';
import { jsonDocument } from '../render/json-text.ts';
import { visible } from '../render/visible.ts';
import type { Io } from './io.ts';
import { type ReadOptions, runOptionsOf } from './options.ts';

export async function runAccept(
  paths: readonly string[],
  options: ReadOptions & { reason?: string; format: 'table' | 'json' },
  io: Io,
): Promise<number> {
  if (paths.includes('-'))
    throw new LakeobsError('usage', 'what came through standard input cannot be accepted: nobody could find it again', {
      hint: 'Write it into a file, and name that.',
    });
  const reason = options.reason ?? null;
  const { ranges, before } = await withRun([], await runOptionsOf(options, paths, io), async ({ evidence }) => {
    const open = evidence.quarantine.filter(({ accepted }) => !accepted);
    return { ranges: open, before: evidence.quarantine.length - open.length };
  });
  await accept(ranges, { stateFolder: stateFolderOf(io.env), at: io.now().toISOString(), reason });
  const left = ranges.filter(({ accepted }) => !accepted);
  const exitCode = left.length > 0 ? EXIT.failed : EXIT.fine;
  await io.stdout(
    options.format === 'json'
      ? `${jsonDocument(documentOf(ranges, before, reason, exitCode), 2)}\n`
      : textOf(ranges, left, before),
  );
  return exitCode;
}

function documentOf(ranges: readonly Quarantined[], before: number, reason: string | null, exitCode: number): object {
  return {
    schema: 'lakeobs.accept.v1',
    exit_code: exitCode,
    accepted: ranges.filter(({ accepted }) => accepted).length,
    accepted_before: before,
    reason,
    ranges: ranges.map(({ file, line, byteOffset, byteLength, reason: damage, raw, accepted }) => ({
      file,
      line,
      byte_offset: byteOffset,
      byte_length: byteLength,
      damage,
      raw,
      accepted,
    })),
  };
}

function textOf(ranges: readonly Quarantined[], left: readonly Quarantined[], before: number): string {
  const known = before === 0 ? '' : `; ${counted(before, 'range')} accepted before`;
  if (ranges.length === 0) return `nothing to accept${known}\n`;
  const lines = ranges.slice(0, damagedRangesListed).map(({ file, line, byteOffset, byteLength, reason, accepted }) => {
    const place = [
      visible(file),
      ...(line === null ? [] : [`line ${count(line)}`]),
      ...(byteOffset === null ? [] : [`byte ${count(byteOffset)}`]),
    ].join(', ');
    return `${accepted ? 'accepted' : 'NOT accepted (its bytes cannot be read again)'}: ${place}: ${byteLength === null ? '' : `${counted(byteLength, 'byte')} `}${visible(reason)}`;
  });
  if (ranges.length > lines.length) lines.push(`… and ${counted(ranges.length - lines.length, 'more range')}`);
  lines.push(
    `${counted(ranges.length - left.length, 'damaged range')} accepted${known}. They stay in the view quarantine and in every verdict, and decide nothing any more.`,
  );
  return `${lines.join('\n')}\n`;
}
