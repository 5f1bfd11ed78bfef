// From a schema to the columns SQL reads. A field is declared once, with its words, as a zod schema; the column (wire name, SQL name, kind)
// is derived from it. Every column is read as text and cast in the view (docs/reading.md), so a wrong type is a NULL and a problem, never an abort.
//
// zod/mini instead of zod: the same schemas in 13 kB instead of 440 kB, which is 20 ms of every start (docs/performance.md).
import * as z from 'zod/mini';

/** How the text of a column is cast: time is RFC 3339 text, epoch-ms a number of milliseconds since 1970; json stays JSON text. */
export type ColumnKind = 'text' | 'integer' | 'number' | 'boolean' | 'time' | 'epoch-ms' | 'json';

export interface Column {
  /** Name on disk. */
  wire: string;
  /** Name in SQL: the wire name in snake_case. */
  name: string;
  kind: ColumnKind;
  /** What a json column must hold; absent for every other kind. */
  shape?: 'list' | 'object';
  /** Whether a writer must give it (after defaults). */
  required: boolean;
  /** Possibly large: never copied into memory for a scan unless a statement asks for it. */
  wide: boolean;
  doc: string;
}

interface FieldMeta {
  description: string;
  kind?: ColumnKind;
  wide?: boolean;
}

/** Declares a field: its schema, its words, and where the schema does not tell, how its column is cast. */
export function field<T extends z.ZodMiniType>(schema: T, doc: string, hints: Omit<FieldMeta, 'description'> = {}): T {
  fields.set(schema, { description: doc, ...hints });
  z.globalRegistry.add(schema, { description: doc });
  return schema;
}

const fields = new WeakMap<z.core.$ZodType, FieldMeta>();

/** The columns of a record schema, in wire order. */
export function columnsOf(record: z.ZodMiniObject): Column[] {
  return Object.entries(record.shape as Record<string, z.core.$ZodType>).map(([wire, schema]) => {
    const meta = fields.get(schema);
    if (meta === undefined) throw new Error(`schema field ${wire} has no words: declare it with field()`);
    const optional = schema._zod.optin === 'optional';
    const kind = meta.kind ?? kindOf(schema);
    return {
      wire,
      name: snakeCase(wire),
      kind,
      ...(kind === 'json' ? { shape: unwrapped(schema)._zod.def.type === 'array' ? 'list' : 'object' } : {}),
      required: !optional,
      wide: meta.wide ?? false,
      doc: meta.description,
    };
  });
}

/** durationMs → duration_ms; names already in snake_case stay. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function kindOf(schema: z.core.$ZodType): ColumnKind {
  const def = unwrapped(schema)._zod.def;
  switch (def.type) {
    case 'boolean':
      return 'boolean';
    case 'number':
      return 'format' in def ? 'integer' : 'number';
    case 'array':
    case 'object':
    case 'record':
      return 'json';
    default:
      return 'text';
  }
}

/** The schema inside optional and nullable. */
function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  const def = schema._zod.def;
  return def.type === 'optional' || def.type === 'nullable'
    ? unwrapped((def as z.core.$ZodOptionalDef).innerType)
    : schema;
}
