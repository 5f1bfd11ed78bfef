// The roster an answer rests on, in one line.
import type { RosterSummary } from '../result.ts';
import { count, counted } from './figures.ts';

/** `FILE: 1,203 ids in worker_id, 2 duplicates, 1 empty, sha256 0123456789ab…`; `none` without a roster. */
export function rosterInWords(roster: RosterSummary | null): string {
  if (roster === null) return 'none';
  const { file, column, ids, duplicates, empty, sha256 } = roster;
  const parts = [
    `${counted(ids, 'id')}${column === null ? '' : ` in ${column}`}`,
    ...(duplicates > 0 ? [counted(duplicates, 'duplicate')] : []),
    ...(empty > 0 ? [`${count(empty)} empty`] : []),
    `sha256 ${sha256.slice(0, 12)}…`,
  ];
  return `${file}: ${parts.join(', ')}`;
}
