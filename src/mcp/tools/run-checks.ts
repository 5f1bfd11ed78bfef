// run_checks: the verdict.
import * as z from 'zod/mini';
import { families } from '../../schema/facts.ts';
import type { FamilyName } from '../../schema/family.ts';
import { queryNamed, readableQueries, textsOf } from '../named.ts';
import { catalogueOf } from '../place.ts';
import { CallFault, described, near, paramValues, tool, words } from '../tool.ts';
import { windowInput, windowOf } from '../window.ts';

const familyNames = families.map(({ name }) => name) as [FamilyName, ...FamilyName[]];
const figure = z.nullable(z.number());

export const runChecks = tool({
  name: 'run_checks',
  title: 'Run checks and give the verdict',
  description:
    'Judges the logs by checks, all of them or the named ones. The verdict comes first: PASS (exit code 0), FAIL (1: findings), INCONCLUSIVE (2: could not be judged, which is no pass). Then why, each check, and the first rows of those that failed; run_query with the name of a check has more rows, show tells about an id in them.',
  input: z.strictObject({
    names: words('names of checks (list_queries with kind check); default: all'),
    tags: words('only checks with one of these tags'),
    exclude: words('not these checks'),
    params: paramValues('values for params of the checks'),
    ...windowInput,
    fail_on: z._default(described(z.enum(['error', 'warn']), 'warn: checks of severity warn decide, too'), 'error'),
    allow_empty: z._default(described(z.boolean(), 'a check that had nothing to judge passes'), false),
    allow_damage: z._default(described(z.boolean(), 'damage and unknown versions do not decide'), false),
    require: z.optional(
      described(z.array(z.enum(familyNames)), 'families whose absence makes the verdict inconclusive'),
    ),
  }),
  output: z.object({
    verdict: z.enum(['pass', 'fail', 'inconclusive']),
    exit_code: z.number(),
    complete: z.boolean(),
    checks: z.array(
      z.object({
        name: z.string(),
        severity: z.string(),
        status: z.string(),
        complete: z.boolean(),
        findings: z.number(),
        accepted: z.number(),
        population: figure,
      }),
    ),
    scanned: z.record(z.string(), z.number()),
    report: z.string(),
  }),
  run: async ({ names = [], tags = [], exclude = [], params, require = [], ...rest }, { place, desk, signal }) => {
    const catalogue = catalogueOf(place);
    for (const name of [...names, ...exclude]) queryNamed(name, catalogue, 'check');
    if (tags.length > 0) {
      const known = [...new Set(readableQueries(catalogue).queries.flatMap((query) => query.tags))];
      for (const tag of tags)
        if (!known.includes(tag))
          throw new CallFault(
            `no check has the tag ${JSON.stringify(tag)}${near(tag, known)}`,
            'list_queries has the tags.',
          );
    }
    return desk.task(
      {
        tool: 'run_checks',
        names,
        tags,
        exclude,
        require,
        params: textsOf(params),
        failOn: rest.fail_on,
        allowEmpty: rest.allow_empty,
        allowDamage: rest.allow_damage,
        ...windowOf(rest),
      },
      signal,
    );
  },
});
