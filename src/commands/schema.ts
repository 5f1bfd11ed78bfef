// `lakeobs schema FAMILY`: the JSON Schema of its records.
import * as z from 'zod/mini';
import { configSchema } from '../catalog/config-file.ts';
import { EXIT } from '../errors.ts';
import { familyOf } from '../schema/families.ts';
import type { Family } from '../schema/family.ts';
import { familyNamed } from './family-named.ts';
import type { Io } from './io.ts';

export async function runSchema(name: string, io: Io): Promise<number> {
  const schema = name === 'config' ? z.toJSONSchema(configSchema) : recordJsonSchema(familyOf(familyNamed(name))!);
  await io.stdout(`${JSON.stringify(schema, null, 2)}\n`);
  return EXIT.fine;
}

/** JSON Schema (draft 2020-12) of what a writer of the family may write, after its defaults are filled. */
function recordJsonSchema(family: Family): object {
  return { title: family.name, description: family.doc, ...z.toJSONSchema(family.record) };
}
