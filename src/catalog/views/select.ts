// What all views share: the rows of one family, and a select list whose names, order and types are those of the view's declaration in src/schema.
import { quoteName, quoteText } from '../../engine/engine.ts';
import { families } from '../../schema/facts.ts';
import type { FamilyFacts, FamilyName, ViewFacts } from '../../schema/family.ts';
import { castSql, instantSql } from './casts.ts';

/** The half-open time range [since, until) the views show. */
export interface TimeRange {
  since?: Date;
  until?: Date;
}

/** What is known of a family. */
export function factsOf(name: FamilyName): FamilyFacts {
  return families.find((family) => family.name === name)!;
}

/** The declared view of a family. */
export function viewOf(family: FamilyFacts, name: string): ViewFacts {
  const view = family.views.find((candidate) => candidate.name === name);
  if (view === undefined) throw new Error(`family ${family.name} declares no view ${name}`);
  return view;
}

export function createView(view: ViewFacts, select: string): string {
  return `CREATE OR REPLACE VIEW ${quoteName(view.name)} AS\n${select}`;
}

/** Every declared column in order: the expression given for it, else the cast of the wire field of that name. */
export function selectList(
  family: FamilyFacts,
  view: ViewFacts,
  expressions: Readonly<Record<string, string>>,
): string {
  return view.columns
    .map(({ name }) => `${expressions[name] ?? fieldSql(family, name)} AS ${quoteName(name)}`)
    .join(',\n  ');
}

/** The cast of a wire field, by its SQL name. */
export function fieldSql(family: FamilyFacts, name: string): string {
  if (name === 'source_file') return name;
  const column = family.columns.find((candidate) => candidate.name === name);
  if (column === undefined) throw new Error(`family ${family.name} has no field for the column ${name}`);
  return castSql(column.kind, quoteName(column.wire));
}

/** The lines of one family in a version that is known, and no others. */
export function rowsOf(family: FamilyName, condition = ''): string {
  return `lines WHERE family = ${quoteText(family)} AND known${condition === '' ? '' : ` AND ${condition}`}`;
}

/** Whether a row is shown: inside [since, until), or without a readable time. Empty when there is no range. */
export function inRange(range: TimeRange, instant: string): string {
  const bounds = [
    ...(range.since === undefined ? [] : [`${instant} >= ${instantSql(range.since)}`]),
    ...(range.until === undefined ? [] : [`${instant} < ${instantSql(range.until)}`]),
  ];
  return bounds.length === 0 ? '' : `coalesce(${bounds.join(' AND ')}, true)`;
}
