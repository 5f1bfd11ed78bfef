// The views as the shell lists and completes them: those of the families from the facts, and those that belong to none.
import { rosterView } from '../catalog/roster.ts';
import { families } from '../schema/facts.ts';

interface ViewColumn {
  name: string;
  type: string;
}

const systemViews: readonly { name: string; columns: readonly ViewColumn[] }[] = [
  {
    name: 'sources',
    columns: typed(
      'source_file VARCHAR, family VARCHAR, form VARCHAR, bytes BIGINT, records BIGINT, indexed_bytes BIGINT, quarantined BIGINT, torn_bytes BIGINT, unknown_schema BIGINT',
    ),
  },
  {
    name: 'quarantine',
    columns: typed(
      'source_file VARCHAR, family VARCHAR, line BIGINT, byte_offset BIGINT, byte_length BIGINT, reason VARCHAR, raw VARCHAR, accepted BOOLEAN',
    ),
  },
  { name: 'problems', columns: typed('source_file VARCHAR, column_name VARCHAR, reason VARCHAR, count BIGINT') },
  // Also where no roster was given: a statement that names it says how to give one.
  { name: rosterView, columns: typed('worker_id VARCHAR') },
];

/** View → its columns. */
export const knownViews: ReadonlyMap<string, readonly ViewColumn[]> = new Map(
  [...families.flatMap(({ views }) => views), ...systemViews].map(({ name, columns }) => [name, columns]),
);

/** A line per family with its views. */
export function tablesText(): string {
  const groups = [...families, { name: 'reading', views: systemViews }];
  const width = Math.max(...groups.map(({ name }) => name.length));
  return groups
    .map(({ name, views }) => `${name.padEnd(width)}  ${views.map((view) => view.name).join(' ')}\n`)
    .join('');
}

/** A line per column of a known view; without one, of all. */
export function schemaText(view?: string): string {
  return [...knownViews]
    .filter(([name]) => view === undefined || name === view)
    .map(([name, columns]) => {
      const width = Math.max(...columns.map((column) => column.name.length));
      return `${name}\n${columns.map((column) => `  ${column.name.padEnd(width)}  ${column.type}\n`).join('')}`;
    })
    .join('\n');
}

function typed(list: string): ViewColumn[] {
  return list.split(', ').map((column) => {
    const [name = '', type = ''] = column.split(' ');
    return { name, type };
  });
}
