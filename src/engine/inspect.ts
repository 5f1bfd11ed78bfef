// What a statement says before it runs: one statement or several, a read or a write, which relations and functions it names.
// Read from DuckDB's own parse tree (json_serialize_sql), never guessed from the text. It judges nothing; query/guard.ts does.

export interface Relation {
  name: string;
  /** `schema.name` or `catalog.schema.name` was written; empty for a plain name. */
  qualifier: string;
  /** Byte offset in the statement, null when the parser gives none. */
  location: number | null;
}

export interface TableFunction extends Relation {
  /** Its first argument, when that is a text or a list of texts as written; null when it is anything else. */
  texts: readonly string[] | null;
}

export interface Inspection {
  /** How many statements the text holds; comments alone are none. */
  statements: number;
  /** Tables, views and files named after FROM or JOIN, and what SHOW shows; not the names a WITH clause defines, where they are in force, unless such a name could be
   * one of a file: what is a file to DuckDB must never pass as a WITH name. */
  relations: readonly Relation[];
  tableFunctions: readonly TableFunction[];
  /** Scalar and aggregate functions and macros, lower case, with a place where each is called. */
  functions: ReadonlyMap<string, number | null>;
}

/** The answer of json_serialize_sql, reduced. */
export type Parsed =
  | { ok: true; inspection: Inspection }
  | { ok: false; syntax: boolean; message: string; location: number | null };

/** Reads the JSON that `json_serialize_sql` gave for a statement. */
export function readParseTree(json: string): Parsed {
  const tree = JSON.parse(json) as Node;
  if (tree.error === true)
    return {
      ok: false,
      syntax: tree.error_type === 'parser',
      message: String(tree.error_message ?? 'cannot be parsed'),
      location: tree.position === undefined ? null : Number(tree.position),
    };
  const relations: Relation[] = [];
  const tableFunctions: TableFunction[] = [];
  const functions = new Map<string, number | null>();
  // An explicit stack: a deep statement must not overflow ours.
  const stack: { node: unknown; scope: Scope }[] = [{ node: tree.statements, scope: null }];
  while (stack.length > 0) {
    const { node, scope } = stack.pop()!;
    if (Array.isArray(node)) {
      for (const item of node) stack.push({ node: item, scope });
      continue;
    }
    if (typeof node !== 'object' || node === null) continue;
    const {
      type,
      table_name: table,
      function_name: called,
      cte_map: cteMap,
      function: tableFunction,
      ...rest
    } = node as Node;
    if ((type === 'BASE_TABLE' || type === 'SHOW_REF') && typeof table === 'string' && table !== '') {
      const relation = { name: table, qualifier: qualifierOf(node as Node), location: locationOf(node as Node) };
      if (relation.qualifier !== '' || /[^\p{L}\p{N}_ $-]/u.test(table) || !inScope(scope, table))
        relations.push(relation);
    }
    if (type === 'SHOW_REF' && table === '' && (node as Node).query === null)
      relations.push({ name: 'SHOW … FROM', qualifier: '', location: null });
    if (type === 'TABLE_FUNCTION' && typeof tableFunction === 'object' && tableFunction !== null) {
      const call = tableFunction as Node;
      tableFunctions.push({
        name: String(call.function_name ?? '').toLowerCase(),
        qualifier: qualifierOf(call),
        location: locationOf(node as Node),
        texts: textsOf((call.children as Node[] | undefined)?.[0]),
      });
      // Its arguments, and what else can be written between its parentheses, may hold subqueries and functions; the call itself is not a scalar function.
      const { function_name: _, ...written } = call;
      stack.push({ node: written, scope });
    } else if (typeof tableFunction === 'object') stack.push({ node: tableFunction, scope });
    if (typeof called === 'string' && !functions.has(called.toLowerCase()))
      functions.set(called.toLowerCase(), locationOf(node as Node));
    const inside = pushCtes(cteMap, scope, stack);
    for (const child of Object.values(rest)) if (typeof child === 'object') stack.push({ node: child, scope: inside });
  }
  return {
    ok: true,
    inspection: { statements: (tree.statements as unknown[]).length, relations, tableFunctions, functions },
  };
}

/** Names in force at a place, innermost first. */
type Scope = { name: string; outer: Scope } | null;

/** A WITH name is in force in the entries behind it and in the statement; in its own entry only when that is recursive. Returns the scope of the statement. */
function pushCtes(cteMap: unknown, scope: Scope, stack: { node: unknown; scope: Scope }[]): Scope {
  let inside = scope;
  for (const { key, value } of ((cteMap as Node | null | undefined)?.map as Node[] | undefined) ?? []) {
    const own: Scope = { name: String(key).toLowerCase(), outer: inside };
    const recursive =
      ((value as Node | null)?.query as { node?: Node } | undefined)?.node?.type === 'RECURSIVE_CTE_NODE';
    stack.push({ node: value, scope: recursive ? own : inside });
    inside = own;
  }
  return inside;
}

function inScope(scope: Scope, name: string): boolean {
  const lower = name.toLowerCase();
  for (let place = scope; place !== null; place = place.outer) if (place.name === lower) return true;
  return false;
}

/** A text, or the texts of a list, as constants. */
function textsOf(node: Node | undefined): string[] | null {
  if (node === undefined) return null;
  const { class: kind, value, children, function_name: called, type } = node;
  if (kind === 'CONSTANT') {
    const text = (value as Node | undefined)?.value;
    return typeof text === 'string' && ((value as Node).type as Node).id === 'VARCHAR' ? [text] : null;
  }
  if (called !== 'list_value' && type !== 'ARRAY_CONSTRUCTOR') return null;
  const texts = (children as Node[]).map(textsOf);
  return texts.every((text) => text !== null) ? texts.flat() : null;
}

type Node = Record<string, unknown>;

function qualifierOf(node: Node): string {
  return [node.catalog_name ?? node.catalog, node.schema_name ?? node.schema]
    .filter((part) => typeof part === 'string' && part !== '')
    .join('.');
}

/** The parser writes 2^64 − 1 for "nowhere". */
function locationOf(node: Node): number | null {
  const location = Number(node.query_location);
  return Number.isSafeInteger(location) ? location : null;
}
