// The views of family session: sessions, attempts, fills. The lists inside a row are opened in one pass; an entry that is not an object is still a row, so
// that `position` is the place in the list as written.
import { quoteName } from '../../engine/engine.ts';
import { trimSql, wholeSql } from './casts.ts';
import { createView, factsOf, fieldSql, inRange, rowsOf, selectList, type TimeRange, viewOf } from './select.ts';

const session = factsOf('session');

/** JSON true and the text "true" are the same text here; NULL stays NULL; everything else, `1` and `{}` included, is not grounded. */
const stamp = { grounded_in_roster: `"grounded_in_roster" = 'true'`, grounded_raw: '"grounded_in_roster"' };

export function sessionViews(range: TimeRange): string[] {
  const ts = fieldSql(session, 'timestamp');
  const shown = inRange(range, ts);
  return [sessionsView(ts, shown), attemptsView(ts, shown), fillsView(ts, shown)];
}

function sessionsView(ts: string, shown: string): string {
  const view = viewOf(session, 'sessions');
  return createView(
    view,
    `SELECT ${selectList(session, view, {
      ts,
      timestamp: '"timestamp"',
      has_artifact: 'has_artifact',
      ...stamp,
    })}\nFROM ${rowsOf('session', shown)}`,
  );
}

function attemptsView(ts: string, shown: string): string {
  const view = viewOf(session, 'attempts');
  const members = ['iteration', 'verdict_kind', 'error', 'span_id'];
  const shape = `[{${members.map((member) => `"${member}":"VARCHAR"`).join(',')}}]`;
  const member = (name: string) => `attempt.${quoteName(name)}`;
  return createView(
    view,
    `SELECT ${selectList(session, view, {
      ts: 'ts',
      position: 'position',
      iteration: wholeSql(member('iteration')),
      verdict_kind: member('verdict_kind'),
      error: member('error'),
      span_id: member('span_id'),
    })}\nFROM (
  SELECT source_file, "session_id", ts, "daemon", "kind", "model", unnest(chain) AS attempt, generate_subscripts(chain, 1) AS position
  FROM (
    SELECT source_file, "session_id", ${ts} AS ts, "daemon", "kind", "model", json_transform("attempts", '${shape}') AS chain
    FROM ${rowsOf('session', shown)}
  )
)`,
  );
}

function fillsView(ts: string, shown: string): string {
  const view = viewOf(session, 'fills');
  const accepted = `"kind" = 'fill' AND "final_verdict" = 'accepted'`;
  return createView(
    view,
    `SELECT ${selectList(session, view, {
      ts: 'ts',
      position: 'position',
      worker_id: trimSql('fill."candidate_id"'),
      ...stamp,
      artifact_md5: 'artifact_md5',
    })}\nFROM (
  SELECT source_file, "session_id", ts, "daemon", "grounded_in_roster", artifact_md5, unnest(fills) AS fill, generate_subscripts(fills, 1) AS position
  FROM (
    SELECT source_file, "session_id", ${ts} AS ts, "daemon", "grounded_in_roster", md5("artifact"::VARCHAR) AS artifact_md5, json_transform("artifact", '{"fills":[{"candidate_id":"VARCHAR"}]}')."fills" AS fills
    FROM ${rowsOf('session', shown === '' ? accepted : `${accepted} AND ${shown}`)}
  )
)`,
  );
}
