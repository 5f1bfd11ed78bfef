// The view `problems`: how often, per file and column, a record in a known version lacks a field it must have or holds something that is not what the
// column promises. One pass over the lines counts everything; what the reader found in the bytes (table lines_problems) is put beside it.
import { quoteName, quoteText } from '../../engine/engine.ts';
import { families, neededBy } from '../../schema/facts.ts';
import type { ColumnFacts, FamilyName } from '../../schema/family.ts';
import { castSql } from './casts.ts';

export function problemsView(): string {
  const rules = rulesOf();
  const counts = rules.map(({ condition }, index) => `count(*) FILTER (WHERE ${condition}) AS c${index}`);
  const entries = rules.map(
    ({ column, reason }, index) =>
      `{'column_name': ${quoteText(column)}, 'reason': ${quoteText(reason)}, 'count': c${index}}`,
  );
  return `CREATE OR REPLACE VIEW "problems" AS
SELECT source_file, found.column_name AS column_name, found.reason AS reason, found.count AS count
FROM (
  SELECT source_file, unnest([
    ${entries.join(',\n    ')}
  ]) AS found
  FROM (
    SELECT source_file,
      ${counts.join(',\n      ')}
    FROM lines WHERE known AND family IS NOT NULL
    GROUP BY source_file
  )
)
WHERE found.count > 0
UNION ALL
SELECT source_file, column_name, reason, count FROM lines_problems`;
}

interface Rule {
  /** Name in SQL. */
  column: string;
  reason: string;
  condition: string;
}

/** Every rule of every family; a column that several families share with the same reason is one rule, so that a file has one row for it. */
function rulesOf(): Rule[] {
  const merged = new Map<string, { column: string; reason: string; conditions: string[] }>();
  for (const family of families)
    for (const { column, reason, condition } of [
      ...family.columns.flatMap(columnRules),
      ...(extraRules[family.name] ?? []),
    ]) {
      const key = `${column} ${reason}`;
      const rule = merged.get(key) ?? { column, reason, conditions: [] };
      merged.set(key, rule);
      rule.conditions.push(`(family = ${quoteText(family.name)} AND ${condition})`);
    }
  return [...merged.values()].map(({ column, reason, conditions }) => ({
    column,
    reason,
    condition: conditions.join(' OR '),
  }));
}

function columnRules(column: ColumnFacts): Rule[] {
  const text = quoteName(column.wire);
  const rules: Rule[] = [];
  if (column.required) rules.push({ column: column.name, reason: 'missing', condition: `${text} IS NULL` });
  if (column.kind === 'json')
    rules.push({
      column: column.name,
      reason: column.shape === 'list' ? 'not a list' : 'not an object',
      condition: `json_type(${text}) <> '${column.shape === 'list' ? 'ARRAY' : 'OBJECT'}'`,
    });
  else if (column.kind !== 'text')
    rules.push({
      column: column.name,
      reason: reasons[column.kind],
      condition: `${text} IS NOT NULL AND (${castSql(column.kind, text)}) IS NULL`,
    });
  return rules;
}

const reasons = {
  integer: 'not a whole number',
  number: 'not a number',
  boolean: 'not true or false',
  time: 'not a time',
  'epoch-ms': 'not a time',
} as const;

/** What a column's kind alone does not say. */
const extraRules: Partial<Record<FamilyName, readonly Rule[]>> = {
  session: [
    {
      // A text column on reading, because the flag as written must survive; a flag that is neither is read as not grounded.
      column: 'grounded_in_roster',
      reason: reasons.boolean,
      condition: `"grounded_in_roster" NOT IN ('true', 'false')`,
    },
    {
      column: 'attempts',
      reason: 'an entry is not an object',
      condition: `list_bool_or(list_transform(json_transform("attempts", '["JSON"]'), lambda entry: coalesce(json_type(entry), 'NULL') <> 'OBJECT'))`,
    },
  ],
  journal: Object.entries(neededBy).flatMap(([kind, wires]) =>
    wires.map((wire) => ({
      column: columnName('journal', wire),
      reason: 'missing',
      condition: `"kind" = ${quoteText(kind)} AND ${quoteName(wire)} IS NULL`,
    })),
  ),
};

function columnName(family: FamilyName, wire: string): string {
  const column = families.find(({ name }) => name === family)?.columns.find((candidate) => candidate.wire === wire);
  if (column === undefined) throw new Error(`family ${family} has no field ${wire}`);
  return column.name;
}
