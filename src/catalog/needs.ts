// What a statement asks of the lines, read off DuckDB's own plan over the files: which columns it projects, and the condition a line must meet to matter.
// A condition is handed on only if it is written in a small language whose text means what the plan means; everything else asks for every line.
import { presenceColumns, unionColumns } from './views.ts';

/** The part of a plan that reads lines. */
export interface PlanNeeds {
  /** Wire names of the columns, and names of presence columns (views.ts). */
  columns: Set<string>;
  /** SQL over text columns, family and known, true for every line the statement can use; null: every line may matter. The
   * text of a plan is made for people: trust it only for statements whose answers are tested to stay the same (the bundled ones). */
  where: string | null;
}

/** Walks an `EXPLAIN (FORMAT json)` over a view `lines` whose family and known are columns of the scan. A scan that does not say what it projects reads everything. */
export function needsOfPlan(planJson: string): PlanNeeds {
  const columns = new Set<string>();
  const conditions = new Set<string | null>();
  const walk = (node: PlanNode, parent: PlanNode | null): void => {
    if (/READ_NDJSON/i.test(node.name)) {
      for (const name of listed(node.extra_info?.Projections))
        if (textWires.has(name) || jsonWires.has(name) || presenceNames.has(name)) columns.add(name);
      conditions.add(parent?.name === 'FILTER' ? portable(parent.extra_info?.Expression) : null);
    }
    for (const child of node.children ?? []) walk(child, node);
  };
  for (const node of JSON.parse(planJson) as PlanNode[]) walk(node, null);
  return { columns, where: conditions.has(null) ? null : [...conditions].join(' OR ') || 'false' };
}

interface PlanNode {
  name: string;
  children?: PlanNode[];
  extra_info?: { Projections?: string | string[]; Expression?: string | string[] };
}

const wiresOf = (type: string) =>
  new Set(unionColumns.filter(({ sqlType }) => sqlType === type).map(({ wire }) => wire));
const textWires = wiresOf('VARCHAR');
const jsonWires = wiresOf('JSON');
const presenceNames = new Set(presenceColumns.map(({ name }) => name));

function listed(value: string | string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
}

/** Columns of lines that are told from the wire fields. */
const derived = new Set(['family', 'known', ...presenceNames]);
const words = new Set('AND OR NOT IS NULL CASE WHEN THEN ELSE END true false regexp_full_match'.split(' '));

/** The condition with its columns quoted, null when it holds anything but comparisons of text columns with text. */
function portable(expression: string | string[] | undefined): string | null {
  if (typeof expression !== 'string') return null;
  let sql = '';
  for (const [token, text, name, sign] of expression.matchAll(
    /('(?:[^']|'')*')|([A-Za-z_]\w*)|(!=|[=(),])|\s+|[\s\S]/g,
  )) {
    if (name !== undefined && (textWires.has(name) || derived.has(name)) && !words.has(name)) sql += `"${name}"`;
    else if (text !== undefined || sign !== undefined || /^\s+$/.test(token) || (name !== undefined && words.has(name)))
      sql += token;
    else return null;
  }
  return sql;
}
