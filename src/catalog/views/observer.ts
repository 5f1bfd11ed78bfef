// The view of family observer: ops.
import { observer } from '../../schema/observer.ts';
import { createView, fieldSql, inRange, rowsOf, selectList, type TimeRange, viewOf } from './select.ts';

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
