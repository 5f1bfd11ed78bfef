// list_queries: what can be asked by name.
import * as z from 'zod/mini';
import { visible } from '../../render/visible.ts';
import { families } from '../../schema/facts.ts';
import { readableQueries } from '../named.ts';
import { catalogueOf } from '../place.ts';
import { described, tool } from '../tool.ts';

const familyNames = families.map(({ name }) => name) as [string, ...string[]];

export const listQueries = tool({
  name: 'list_queries',
  title: 'List queries and checks',
  description:
    'Lists every query and check there is, with what it answers and its params. Start here. A query answers a question (run_query NAME); a check also says whether something is wrong (run_checks). For a question none of them answers, look at describe and write sql. Reads no logs.',
  input: z.strictObject({
    family: z.optional(described(z.enum(familyNames), 'only queries over this family of records')),
    kind: z.optional(described(z.enum(['query', 'check']), 'only queries, or only checks')),
  }),
  output: z.object({
    queries: z.array(
      z.object({
        name: z.string(),
        family: z.string(),
        kind: z.enum(['query', 'check']),
        severity: z.nullable(z.enum(['error', 'warn'])),
        title: z.string(),
        description: z.string(),
        params: z.array(z.object({ name: z.string(), type: z.string(), default: z.nullable(z.string()) })),
        tags: z.array(z.string()),
        bundled: z.boolean(),
      }),
    ),
    unreadable: z.array(z.object({ name: z.string(), reason: z.string() })),
  }),
  run: async ({ family, kind }, { place }) => {
    const { queries, broken } = readableQueries(catalogueOf(place));
    const listed = familyNames.flatMap((name) =>
      queries
        .filter((query) => query.family === name && (family ?? name) === name && (kind ?? query.kind) === query.kind)
        .map((query) => ({
          name: query.name,
          family: query.family,
          kind: query.kind,
          severity: query.kind === 'check' ? query.severity : null,
          title: query.title,
          description: query.description,
          params: query.params.map(({ name, type, default: value }) => ({ name, type, default: value })),
          tags: [...query.tags],
          bundled: query.bundled,
        })),
    );
    const unreadable = [...broken].map(([name, reason]) => ({ name, reason }));
    const lines = listed.map(({ name, family, kind, severity, title, params }) => {
      const values = params.map(
        (param) => `${param.name} ${param.type}${param.default === null ? '' : ` = ${param.default}`}`,
      );
      return `${name} (${family} ${kind}${severity === null ? '' : `, ${severity}`}): ${title}${values.length === 0 ? '' : `; params: ${values.join(', ')}`}`;
    });
    for (const { name, reason } of unreadable) lines.push(`${name} cannot be read: ${reason}`);
    return {
      text: `${lines.map(visible).join('\n')}\nnext: run_query with a name; run_checks judges the checks\n`,
      structured: { queries: listed, unreadable },
    };
  },
});
