// Which family does a line belong to? By what it says, never by the name of its file (docs/format.md). The rule stands here twice, for one object and as SQL
// over columns read as text; test/schema/recognise.test.ts holds the two together.
import { families, journalKinds } from './facts.ts';
import type { FamilyName, JsonObject } from './family.ts';

export interface Recognised {
  /** Null: an object of no family lakeobs knows. */
  family: FamilyName | null;
  /** False: the family is known, this version of it is not. */
  known: boolean;
}

/** The family of one parsed line. Rules in order: schema tag, journal, observer, otherwise unrecognised. */
export function recognise(record: JsonObject): Recognised {
  const schema = asText(record.schema);
  if (schema !== null)
    for (const family of families)
      if (
        family.tag !== undefined &&
        schema.startsWith(`${family.tag}.v`) &&
        /^\d+$/.test(schema.slice(family.tag.length + 2))
      )
        return { family: family.name, known: schema === `${family.tag}.v${family.version}` };
  const kind = asText(record.kind);
  if (kind !== null && journalKinds.includes(kind) && asText(record.extensionId) !== null)
    return { family: 'journal', known: true };
  if (asText(record.endpoint) !== null && asText(record.success) !== null) return { family: 'observer', known: true };
  return { family: null, known: true };
}

/** Wire fields the rule looks at. */
export const recognisedBy = ['schema', 'kind', 'extensionId', 'endpoint', 'success'] as const;

const tagged = families.filter((family) => family.tag !== undefined);
const tagPattern = (tag: string) => tag.replaceAll('.', '[.]');
const knownTags = tagged.map((family) => `'${family.tag}.v${family.version}'`).join(', ');

/** SQL for the family of a row whose wire fields are text columns: VARCHAR, NULL when unrecognised. The exact tags come first: they are nearly every row,
 * and comparing is several times cheaper than matching. */
export const familySql = `CASE
  ${tagged.map((family) => `WHEN "schema" = '${family.tag}.v${family.version}' THEN '${family.name}'`).join('\n  ')}
  ${tagged
    .map((family) => `WHEN regexp_full_match("schema", '${tagPattern(family.tag!)}[.]v[0-9]+') THEN '${family.name}'`)
    .join('\n  ')}
  WHEN "kind" IN (${journalKinds.map((kind) => `'${kind}'`).join(', ')}) AND "extensionId" IS NOT NULL THEN 'journal'
  WHEN "endpoint" IS NOT NULL AND "success" IS NOT NULL THEN 'observer'
END`;

/** SQL for whether the version of a recognised row is known. A CASE, because a projected AND or OR runs all its sides for all rows. */
export const knownSql = `CASE WHEN "schema" IN (${knownTags}) OR "schema" IS NULL THEN true
  ELSE NOT regexp_full_match("schema", '(${tagged.map((family) => tagPattern(family.tag!)).join('|')})[.]v[0-9]+') END`;

/** A wire value as a text column holds it: null and absent are null, text is itself, everything else its JSON. */
function asText(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
