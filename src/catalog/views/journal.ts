// The views of family journal: journal (lines as written), logs, spans. A span is its open joined with its close by (extension, span id), over all files:
// the first open and the first close count (by time, an unreadable time last, then file, then place in the file), later ones are ignored.
import { quoteName } from '../../engine/engine.ts';
import { createView, factsOf, fieldSql, inRange, rowsOf, selectList, type TimeRange, viewOf } from './select.ts';

const journal = factsOf('journal');

export function journalViews(range: TimeRange): string[] {
  return [linesView(range), logsView(range), spansView(range)];
}

const ts = fieldSql(journal, 'timestamp');
const raw = '"timestamp"';
const hasBody = '("body" IS NOT NULL)';

function linesView(range: TimeRange): string {
  const view = viewOf(journal, 'journal');
  return createView(
    view,
    `SELECT ${selectList(journal, view, {
      ts,
      timestamp: raw,
      started_at: `CASE WHEN "kind" = 'span-open' THEN ${ts} END`,
      ended_at: `CASE WHEN "kind" = 'span-close' THEN ${ts} END`,
      has_body: hasBody,
    })}\nFROM ${rowsOf('journal', inRange(range, ts))}`,
  );
}

function logsView(range: TimeRange): string {
  const view = viewOf(journal, 'logs');
  const shown = inRange(range, ts);
  return createView(
    view,
    `SELECT ${selectList(journal, view, { ts, timestamp: raw })}\nFROM ${rowsOf('journal', `"kind" = 'log'${shown === '' ? '' : ` AND ${shown}`}`)}`,
  );
}

function spansView(range: TimeRange): string {
  const view = viewOf(journal, 'spans');
  const small = [
    'ts',
    'timestamp',
    'parent_span_id',
    'name',
    'status',
    'duration_ms',
    'conversation_id',
    'turn_id',
    'source_file',
  ];
  const large = ['attributes', 'links', 'has_body'];
  const piece = `{${small.map((name) => `${quoteName(name)}: ${quoteName(name)}`).join(', ')}}`;
  const first = (value: string, kind: string) =>
    `arg_min_null(${value}, (ts, source_file, place)) FILTER (kind = '${kind}')`;
  const shown = inRange(range, 'started_at');
  const elapsedMs = '(epoch_us(closed.ts) - epoch_us(opened.ts)) / 1000';
  const openElseClose = (name: string) => `coalesce(opened.${name}, closed.${name})`;
  // Attributes, links and bodies may be large and few statements read them: each stands alone, so that it is not even read when nobody asks for it.
  return createView(
    view,
    `SELECT ${view.columns.map(({ name }) => quoteName(name)).join(', ')}\nFROM (
  SELECT span_id, extension_id,
    ${['parent_span_id', 'name', 'conversation_id', 'turn_id', 'source_file'].map((name) => `${openElseClose(name)} AS ${name}`).join(',\n    ')},
    CASE WHEN closed IS NULL THEN 'open' WHEN opened IS NULL THEN 'orphan-close' ELSE closed.status END AS status,
    opened.ts AS started_at,
    closed.ts AS ended_at,
    opened."timestamp" AS started_at_raw,
    closed."timestamp" AS ended_at_raw,
    coalesce(closed.duration_ms, CASE WHEN ${elapsedMs} >= 0 THEN ${elapsedMs} END) AS duration_ms,
    coalesce(closed_attributes, opened_attributes) AS attributes,
    coalesce(closed_links, opened_links) AS links,
    coalesce(opened_has_body, false) OR coalesce(closed_has_body, false) AS has_body
  FROM (
    SELECT span_id, extension_id, ${first(piece, 'span-open')} AS opened, ${first(piece, 'span-close')} AS closed,
      ${large.flatMap((name) => [`${first(name, 'span-open')} AS opened_${name}`, `${first(name, 'span-close')} AS closed_${name}`]).join(',\n      ')}
    FROM (
      SELECT *, row_number() OVER () AS place FROM (
        SELECT "kind" AS kind, ${ts} AS ts, "timestamp", source_file, ${hasBody} AS has_body,
          ${['span_id', 'extension_id', 'parent_span_id', 'name', 'status', 'duration_ms', 'conversation_id', 'turn_id', 'attributes', 'links'].map((name) => `${fieldSql(journal, name)} AS ${quoteName(name)}`).join(',\n          ')}
        FROM ${rowsOf('journal', `"kind" IN ('span-open', 'span-close')`)}
      )
    )
    -- A piece without a span id belongs to no other.
    GROUP BY extension_id, span_id, CASE WHEN span_id IS NULL THEN place END
  )
)${shown === '' ? '' : `\nWHERE ${shown}`}`,
  );
}
