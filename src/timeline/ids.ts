// Which columns of which views hold ids that tie records together, as data: one line each. Statements, near ids and the words of `show` come from here.
// Ids of people and things (worker, staffer, an item retrieved) are not in it: they tie nothing together in time.

export type IdKind = 'session' | 'turn' | 'span' | 'conversation' | 'extension' | 'task';

export interface IdColumn {
  view: string;
  column: string;
  kind: IdKind;
}

/** Every id column. Logs and spans go by the view `journal`, which is their lines as written: spans joins all of them first. */
export const idColumns: readonly IdColumn[] = [
  { view: 'sessions', column: 'session_id', kind: 'session' },
  { view: 'attempts', column: 'span_id', kind: 'span' },
  { view: 'ops', column: 'session_id', kind: 'session' },
  { view: 'journal', column: 'span_id', kind: 'span' },
  { view: 'journal', column: 'parent_span_id', kind: 'span' },
  { view: 'journal', column: 'turn_id', kind: 'turn' },
  { view: 'journal', column: 'conversation_id', kind: 'conversation' },
  { view: 'journal', column: 'extension_id', kind: 'extension' },
  { view: 'replays', column: 'session_id', kind: 'session' },
  { view: 'replays', column: 'task_id', kind: 'task' },
];

/** Columns of views that look like ids and are none of the above, or the same as one of them. */
export const otherIdColumns: readonly string[] = [
  'attempts.session_id',
  'fills.session_id',
  'fills.worker_id',
  'ops.staffer_id',
  'logs.extension_id',
  'logs.conversation_id',
  'logs.turn_id',
  'logs.span_id',
  'logs.parent_span_id',
  'spans.extension_id',
  'spans.conversation_id',
  'spans.turn_id',
  'spans.span_id',
  'spans.parent_span_id',
  'retrievals.session_id',
  'retrievals.task_id',
  'retrievals.item_id',
];
