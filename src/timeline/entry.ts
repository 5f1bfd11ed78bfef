// One entry of a time line: a row of a view, when it was, how it ended, and where it stands in the tree. Entries are listed in the order they are read, each with
// its depth, so that no tree is too deep to print or to write as JSON.

import type { ViewRow } from './gather.ts';
import type { IdKind } from './ids.ts';

export type EntryType = 'session' | 'attempt' | 'span' | 'log' | 'op' | 'replay';

/** How it went. open: begun and never ended. warned: a log of level warn. null: it says nothing of that. */
export type EntryState = 'ok' | 'error' | 'warned' | 'open' | 'orphan-close' | null;

/** An entry before it has a place. */
export interface Moment {
  type: EntryType;
  row: ViewRow;
  /** Milliseconds since 1970; null when not known. A row that says when it ended and how long it took began that much earlier. */
  startMs: number | null;
  endMs: number | null;
  durationMs: number | null;
  state: EntryState;
}

export interface Entry extends Moment {
  depth: number;
  /** Index of the entry it belongs to, null at the top. */
  parent: number | null;
  /** A span that the others happened in. */
  context: boolean;
  /** Its records name each other as parents in a circle, which was cut here. */
  circular: boolean;
}

export interface Timeline {
  id: string;
  /** What was asked, when it was only the beginning of the id. */
  asked: string;
  kinds: readonly IdKind[];
  startMs: number | null;
  endMs: number | null;
  entries: readonly Entry[];
  /** Rows that exist and are not among the entries, by view. */
  more: Readonly<Record<string, number>>;
  whole: boolean;
}
