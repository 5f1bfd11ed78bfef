// Queries and their params by name, with complaints in the words of tools.
import type { Params } from '../engine/engine.ts';
import { unreadableQueries } from '../gate/dry-run.ts';
import type { Query } from '../query/header.ts';
import { type Catalogue, loadQuery } from '../query/load.ts';
import { parseParam } from '../query/params.ts';
import { CallFault, near } from './tool.ts';

/** The queries that can be read, and own ones that cannot, with the reason. */
export function readableQueries(catalogue: Catalogue): { queries: Query[]; broken: ReadonlyMap<string, string> } {
  const broken = unreadableQueries(catalogue);
  const names = [...catalogue.files.keys()].filter((name) => !broken.has(name));
  return { queries: names.map((name) => loadQuery(name, catalogue)), broken };
}

/** @throws CallFault for a name that is none, with the nearest; LakeobsError usage for an own query that cannot be read. */
export function queryNamed(name: string, catalogue: Catalogue, kind?: 'check'): Query {
  const { files } = catalogue;
  if (!files.has(name))
    throw new CallFault(
      `there is no ${kind ?? 'query'} ${JSON.stringify(name)}${near(name, [...files.keys()])}`,
      'list_queries has all names. No tool takes a file.',
    );
  const query = loadQuery(name, catalogue);
  if (kind === 'check' && query.kind !== 'check')
    throw new CallFault(`${name} is a query, not a check`, 'run_query runs it; list_queries says which are checks.');
  return query;
}

/** The values of a call as texts. */
export function textsOf(given: Readonly<Record<string, string | number | boolean>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]));
}

/** What a query runs with: the caller's values, else the header's. @throws CallFault for a name it does not have, a value that does not fit, one that is missing. */
export function paramsOf({ name, params }: Query, given: Readonly<Record<string, string>>): Params {
  const known = params.map((param) => param.name);
  const has = known.length === 0 ? `${name} has none.` : `Its params: ${known.join(', ')}.`;
  for (const key of Object.keys(given))
    if (!known.includes(key))
      throw new CallFault(`${name} has no param ${JSON.stringify(key)}${near(key, known)}`, has);
  return Object.fromEntries(
    params.map((spec) => {
      const text = Object.hasOwn(given, spec.name) ? given[spec.name]! : spec.default;
      if (text === null)
        throw new CallFault(`${name} needs the param ${spec.name} (${spec.type})`, 'Give it in params.');
      const value = parseParam(spec, text);
      if (typeof value === 'string') throw new CallFault(value, has);
      return [spec.name, value];
    }),
  );
}
