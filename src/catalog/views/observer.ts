// The view of family observer: ops.
import { createView, factsOf, fieldSql, inRange, rowsOf, selectList, type TimeRange, viewOf } from './select.ts';

const observer = factsOf('observer');

export function observerViews(range: TimeRange): string[] {
  const view = viewOf(observer, 'ops');
  const ts = fieldSql(observer, 'timestamp');
  return [
    createView(
      view,
      `SELECT ${selectList(observer, view, { ts, timestamp: '"timestamp"' })}\nFROM ${rowsOf('observer', inRange(range, ts))}`,
    ),
  ];
}
