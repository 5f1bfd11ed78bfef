// What a person should know beside the answer: damage, unknown versions, files nobody read. On stderr, one line each, at most once a run.
import type { Evidence } from '../catalog/evidence.ts';
import type { Listing } from '../catalog/sources.ts';
import type { Run } from '../query/run.ts';
import { count, counted } from '../render/figures.ts';
import { rosterInWords } from '../render/roster-words.ts';
import { visible } from '../render/visible.ts';

/** The notes of a run, each a line without newline. `scope`: the words that made this run look where it looked, for the commands that are suggested. */
export function notesOf(evidence: Evidence, scope: readonly string[] = []): string[] {
  const { scanned, sources } = evidence;
  const notes = listingNotes(evidence.listing);
  const where = commandWords(scope);
  if (scanned.records === 0 && scanned.quarantined === 0)
    notes.push('no record was read: an empty answer proves nothing');
  if (scanned.quarantined > 0) {
    const first = evidence.quarantine.find(({ accepted }) => !accepted)!;
    notes.push(
      `${counted(scanned.quarantined, 'damaged range')} could not be read, first in ${visible(first.file)}: lakeobs sql 'FROM quarantine'${where} shows each with its line and bytes`,
    );
  }
  const live = sources.filter((source) => source.torn_bytes > 0 && source.quarantined === 0);
  if (live.length > 0)
    notes.push(
      `${visible(live[0]!.file)} is being written: its last ${counted(live[0]!.torn_bytes, 'byte')} are no whole record yet`,
    );
  if (scanned.unknown_schema > 0)
    notes.push(
      `${counted(scanned.unknown_schema, 'record')} with a schema version this lakeobs does not know, not in any view: lakeobs sources${where} shows where`,
    );
  if (scanned.unrecognised > 0)
    notes.push(
      `${counted(scanned.unrecognised, 'line')} of no known family, not in any view: lakeobs sources${where} shows where`,
    );
  return notes;
}

/** What a person should know of the roster: that it was given for nothing, or what of it is no id. */
export function rosterNotes(
  { roster, rosterError }: Pick<Run, 'roster' | 'rosterError'>,
  given: string | undefined,
): string[] {
  if (roster === null)
    return given === undefined || rosterError !== null
      ? []
      : [`the roster ${visible(given)} was not read: nothing here names the view roster`];
  if (roster.ids > 0 && roster.duplicates === 0 && roster.empty === 0) return [];
  return [`roster ${visible(rosterInWords(roster))}`];
}

/** Notes about files that exist and were not read. */
export function listingNotes({
  unreadInLake,
  segmentsUnread,
  copiesUnread,
  notLogs,
  nothingIn,
}: Omit<Listing, 'files' | 'lakes' | 'unreadable'>): string[] {
  const notes: string[] = [];
  if (nothingIn.length > 0) notes.push(`no log found in ${named(nothingIn)}`);
  if (notLogs.length > 0)
    notes.push(
      `not read: ${named(notLogs)}; in a folder a log ends in .jsonl, .ndjson or .log, plain, .gz or .zst: name ${notLogs.length === 1 ? 'it' : 'them'} too, or rename ${notLogs.length === 1 ? 'it' : 'them'}`,
    );
  if (segmentsUnread.length > 0)
    notes.push(
      `not read: ${named(segmentsUnread)}, ${segmentsUnread.length === 1 ? 'a segment' : 'segments'} of a log that was named by one file; name them too, or the folder`,
    );
  const [copy] = copiesUnread;
  if (copy !== undefined) {
    const others = copiesUnread.length > 1 ? `, and ${count(copiesUnread.length - 1)} more like it` : '';
    notes.push(
      `not read: ${visible(copy.path)}, a packed copy of a segment; ${visible(copy.readInstead)} is read${others}`,
    );
  }
  if (unreadInLake.length > 0)
    notes.push(`not read: ${named(unreadInLake)} in the lake; a lake holds <family>.jsonl and its segments`);
  return notes;
}

function named(files: readonly string[]): string {
  const shown = files.slice(0, 3).map(visible).join(', ');
  return files.length > 3 ? `${shown} and ${count(files.length - 3)} more` : shown;
}

/** Words to stand behind a command, each as a shell takes it; '' for none. */
export function commandWords(words: readonly string[]): string {
  return words.map((word) => ` ${shellWord(word)}`).join('');
}

/** A word as a shell takes it, control characters visible. */
function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${visible(word).replaceAll("'", `'\\''`)}'`;
}
