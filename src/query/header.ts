// The header of a query file: unbroken `-- key: value` lines, then exactly one statement. Parsed and checked here, strictly, because a mistyped key
// in a check would be a check that does not look. Pure text → data.
import { thresholdPattern } from '../catalog/config.ts';
import { didYouMean } from '../catalog/names.ts';
import type { ParamType } from '../engine/engine.ts';
import { LakeobsError } from '../errors.ts';
import type { Severity } from '../result.ts';
import { familyNames } from '../schema/facts.ts';
import type { FamilyName } from '../schema/family.ts';
import { type ChartSpec, chartColumns, parseChart } from './chart.ts';
import { paramTypes, parseParam } from './params.ts';

export interface ParamSpec {
  name: string;
  type: ParamType;
  /** The default as written; null when the header gives none: the caller must. */
  default: string | null;
}

/** `OP N` on the number of failing rows. */
export interface Threshold {
  op: '=' | '!=' | '>' | '>=' | '<' | '<=';
  count: number;
}

export interface Query {
  /** File stem. */
  name: string;
  file: string;
  bundled: boolean;
  title: string;
  description: string;
  family: FamilyName;
  kind: 'query' | 'check';
  severity: Severity;
  errorIf: Threshold | null;
  warnIf: Threshold | null;
  /** One SELECT that gives one number; null: count(*) of the family's first view. */
  population: string | null;
  params: readonly ParamSpec[];
  /** Columns that make a finding the same finding; empty: all but counts and times. */
  identity: readonly string[];
  /** Promised result columns; empty: none promised. */
  columns: readonly string[];
  tags: readonly string[];
  /** Drawn below the table on a terminal; absent: no chart. */
  chart?: ChartSpec;
  /** Why it cannot be run at all; absent: it can. Checks only. */
  fault?: string;
  /** The statement, without the header. */
  sql: string;
}

const keys = [
  'title',
  'description',
  'family',
  'kind',
  'severity',
  'expect',
  'error_if',
  'warn_if',
  'population',
  'param',
  'identity',
  'columns',
  'tags',
  'chart',
] as const;
type Key = (typeof keys)[number];

/** Whether a text means to have a header; a .sql without one can still be run. A header in the wrong place counts: parseQuery then says so. */
export function hasHeader(text: string): boolean {
  const { lines, below } = splitHeader(text);
  if (lines.some(({ key }) => needed.includes(key))) return true;
  return new Set(below.flatMap(({ key }) => (needed.includes(key) ? [key] : []))).size > 1;
}

/** Parses a query file.
 * @throws LakeobsError usage naming file, line, what is wrong and what is known. */
export function parseQuery(text: string, name: string, file: string, bundled: boolean): Query {
  const { lines, below, end, sql } = splitHeader(text);
  const fail = (message: string, line: number, hint = 'docs/own-queries.md shows a whole header.'): never => {
    throw new LakeobsError('usage', `${file}:${line}: ${message}`, { path: file, line, hint });
  };
  const values = new Map<Key, { value: string; line: number }>();
  const params: ParamSpec[] = [];
  // A key that is not read would be a rule that is not kept.
  const lost = below.find(({ key }) => (keys as readonly string[]).includes(key));
  if (lost !== undefined)
    fail(`${lost.key} stands outside the header, which is unbroken from the first line on`, lost.line);
  const colonless = keys.find((key) => new RegExp(`^\\s*--\\s*${key}(?![\\w-])`).test(end.text));
  if (lines.length > 0 && colonless !== undefined)
    fail(
      `${colonless} stands without a colon: a line of the header is -- ${colonless}: value`,
      end.line,
      'A comment below the header needs an empty line before it.',
    );
  for (const { key, value, line } of lines) {
    if (!(keys as readonly string[]).includes(key))
      fail(
        `unknown header key ${JSON.stringify(key)}. ${didYouMean(key, keys)}`,
        line,
        'A comment below the header needs an empty line before it.',
      );
    if (value === '') fail(`${key} has no value`, line);
    if (key === 'param') {
      const param = parseParamSpec(value);
      if (typeof param === 'string') fail(param, line, 'Write: -- param: n int = 3');
      else if (params.some((other) => other.name.toLowerCase() === param.name.toLowerCase()))
        fail(`param ${param.name} is declared twice`, line);
      else params.push(param);
    } else if (values.has(key as Key)) fail(`${key} is written twice`, line);
    else values.set(key as Key, { value, line });
  }
  const get = (key: Key) => values.get(key)?.value ?? null;
  const lineOf = (key: Key) => values.get(key)?.line ?? 1;
  for (const key of needed) if (get(key as Key) === null) fail(`the header has no ${key}`, 1);
  const family = get('family')!;
  if (!(familyNames as readonly string[]).includes(family))
    fail(`unknown family ${JSON.stringify(family)}. ${didYouMean(family, familyNames)}`, lineOf('family'));
  const kind = get('kind')!;
  if (kind !== 'query' && kind !== 'check') fail(`kind is query or check, not ${JSON.stringify(kind)}`, lineOf('kind'));
  const severity = get('severity') ?? 'error';
  if (severity !== 'error' && severity !== 'warn')
    fail(`severity is error or warn, not ${JSON.stringify(severity)}`, lineOf('severity'));
  const threshold = (key: 'error_if' | 'warn_if') => {
    const value = get(key);
    if (value === null) return null;
    const parsed = parseThreshold(value);
    if (parsed === null)
      fail(`${key} is OP N on the number of rows, such as "> 10", not ${JSON.stringify(value)}`, lineOf(key));
    return parsed;
  };
  let errorIf = threshold('error_if');
  let warnIf = threshold('warn_if');
  const expect = get('expect');
  if (expect !== null && expect !== 'empty')
    fail(`expect knows one word, empty, not ${JSON.stringify(expect)}`, lineOf('expect'));
  if (expect !== null && (errorIf !== null || warnIf !== null))
    fail('expect: empty is a threshold of its own; leave it out beside error_if or warn_if', lineOf('expect'));
  if (kind === 'query')
    for (const key of ['severity', 'expect', 'error_if', 'warn_if', 'population'] as const)
      if (values.has(key)) fail(`${key} belongs to a check, and this is kind: query`, lineOf(key));
  if (kind === 'check' && errorIf === null && warnIf === null) {
    const any = { op: '!=', count: 0 } as const;
    if (severity === 'warn') warnIf = any;
    else errorIf = any;
  }
  const columns = listOf(get('columns'));
  const chart = get('chart') === null ? undefined : parseChart(get('chart')!);
  if (typeof chart === 'string') fail(chart, lineOf('chart'), 'Write: -- chart: bar x=model y=sessions');
  else if (chart !== undefined && columns.length > 0) {
    const unknown = chartColumns(chart).find((name) => !columns.includes(name));
    if (unknown !== undefined)
      fail(`chart names ${unknown}, which is not in columns. ${didYouMean(unknown, columns)}`, lineOf('chart'));
  }
  if (sql === '') fail('there is no statement below the header', lines.length + 1);
  return {
    name,
    file,
    bundled,
    title: get('title')!,
    description: get('description') ?? '',
    family: family as FamilyName,
    kind: kind as Query['kind'],
    severity: severity as Severity,
    errorIf,
    warnIf,
    population: get('population'),
    params,
    identity: listOf(get('identity')),
    columns,
    tags: listOf(get('tags')),
    ...(chart === undefined ? {} : { chart: chart as ChartSpec }),
    sql,
  };
}

/** A statement without a header, as `query FILE.sql` runs it. */
export function bareQuery(text: string, name: string, file: string): Query {
  return {
    name,
    file,
    bundled: false,
    title: name,
    description: '',
    family: 'session',
    kind: 'query',
    severity: 'error',
    errorIf: null,
    warnIf: null,
    population: null,
    params: [],
    identity: [],
    columns: [],
    tags: [],
    sql: text,
  };
}

/** `> 10` → a threshold; null when it is none. */
export function parseThreshold(text: string): Threshold | null {
  const match = thresholdPattern.exec(text);
  return match === null ? null : { op: match[1] as Threshold['op'], count: Number(match[2]) };
}

/** Whether a number of rows is over a threshold. */
export function exceeds(rows: number, { op, count }: Threshold): boolean {
  switch (op) {
    case '=':
      return rows === count;
    case '!=':
      return rows !== count;
    case '>':
      return rows > count;
    case '>=':
      return rows >= count;
    case '<':
      return rows < count;
    case '<=':
      return rows <= count;
  }
}

interface HeaderLine {
  key: string;
  value: string;
  /** 1-based. */
  line: number;
}

const needed: readonly string[] = ['title', 'family', 'kind'];

/** Wider than the known keys, so that a mistyped one is found instead of ending the header. */
const headerLine = /^--\s*([A-Za-z][\w-]*)\s*:\s*(.*?)\s*$/;

/** The header, comments of its form anywhere behind it, the line that ends it, and the statement. */
function splitHeader(text: string): {
  lines: HeaderLine[];
  below: HeaderLine[];
  end: { text: string; line: number };
  sql: string;
} {
  const all = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const lines: HeaderLine[] = [];
  const below: HeaderLine[] = [];
  let at = 0;
  while (all[at]?.trim() === '') at++;
  for (; at < all.length; at++) {
    const match = headerLine.exec(all[at]!);
    if (match === null) break;
    lines.push({ key: match[1]!, value: match[2]!, line: at + 1 });
  }
  for (let index = at; index < all.length; index++) {
    const match = headerLine.exec(all[index]!.trimStart());
    if (match !== null) below.push({ key: match[1]!, value: match[2]!, line: index + 1 });
  }
  return {
    lines,
    below,
    end: { text: all[at] ?? '', line: at + 1 },
    sql: all.slice(at).join('\n').trim().replace(/;\s*$/, ''),
  };
}

function parseParamSpec(text: string): ParamSpec | string {
  const match = /^([A-Za-z_][A-Za-z0-9_]*)\s+([a-z]+)(?:\s*=\s*(.+))?$/.exec(text);
  if (match === null) return `a param is "name type = default", not ${JSON.stringify(text)}`;
  const [, name, type, value] = match;
  // Values are kept under their names in plain objects.
  if (name === '__proto__') return 'a param cannot be called __proto__';
  if (!(paramTypes as readonly string[]).includes(type!))
    return `unknown param type ${JSON.stringify(type)}; known: ${paramTypes.join(', ')}`;
  const spec: ParamSpec = { name: name!, type: type as ParamType, default: value ?? null };
  if (spec.default !== null) {
    const parsed = parseParam(spec, spec.default);
    if (typeof parsed === 'string') return parsed;
  }
  return spec;
}

function listOf(text: string | null): string[] {
  return text === null
    ? []
    : text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '');
}
