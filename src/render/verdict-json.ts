// The document of `lakeobs check` as JSON (schema lakeobs.check.v1): exactly the promised fields, in the promised order. Scripts read it; nothing is shortened.
import type { CheckResult, ResultColumn, Row, Verdict } from '../result.ts';
import { jsonOf, objectOf } from './json-text.ts';
import type { VerdictOptions } from './verdict-format.ts';

/** One indented document; every row and every source has a line of its own. */
export function verdictJson(verdict: Verdict): string {
  return `${indented({ object: documentOf(verdict) }, '')}\n`;
}

/** A line per failing row (`"type":"finding"`), one per check (`"type":"check"`, without rows), then one with everything else (`"type":"verdict"`). */
export function verdictJsonl(verdict: Verdict, options: VerdictOptions = {}): string {
  const rows =
    options.streamed === true
      ? []
      : verdict.checks.map((check) => {
          const accepted = new Set(check.acceptedRows.map(({ row }) => row));
          const isAccepted = verdict.baseline === null ? undefined : (row: Row) => accepted.has(row);
          return findingLines(check, check.columns, isAccepted)([...check.rows, ...accepted]);
        });
  const checks = verdict.checks.map(
    (check): Tree => ({
      object: [['type', '"check"'], ...checkFields(check).filter(([name]) => name !== 'rows')],
    }),
  );
  const rest = documentOf(verdict).filter(([name]) => name !== 'checks');
  const lines: Tree[] = [...checks, { object: [['type', '"verdict"'], ...rest] }];
  return (
    rows.join('') +
    lines
      .map(
        (line) => `${compact(line)}
`,
      )
      .join('')
  );
}

/** Lines of rows of one check: `{"type":"finding","check":…,"severity":…,"row":{…}}`, the row as in the json document. With a baseline `"accepted"` stands before it. */
export function findingLines(
  check: { name: string; severity: string },
  columns: readonly ResultColumn[],
  isAccepted?: (row: Row) => boolean,
): (rows: readonly Row[]) => string {
  const head = `{"type":"finding","check":${jsonOf(check.name)},"severity":${jsonOf(check.severity)},`;
  const mark = (row: Row) => (isAccepted === undefined ? '' : `"accepted":${isAccepted(row)},`);
  const object = objectOf(columns);
  return (rows) =>
    rows
      .map(
        (row) => `${head}${mark(row)}"row":${object(row)}}
`,
      )
      .join('');
}

/** JSON text, or a structure that may be laid out over lines. */
type Tree = string | { object: readonly Field[] } | { list: readonly Tree[] };
type Field = readonly [name: string, value: Tree];

function documentOf(verdict: Verdict): Field[] {
  const { scanned } = verdict;
  return [
    ['schema', jsonOf(verdict.schema)],
    ['lakeobs', jsonOf(verdict.lakeobs)],
    ['started_at', jsonOf(verdict.started_at)],
    ['verdict', jsonOf(verdict.verdict)],
    ['complete', jsonOf(verdict.complete)],
    ['exit_code', jsonOf(verdict.exit_code)],
    ['reason', jsonOf(verdict.reason)],
    ['checks', { list: verdict.checks.map((check) => ({ object: checkFields(check) })) }],
    [
      'scanned',
      jsonOf({
        files: scanned.files,
        bytes: scanned.bytes,
        records: scanned.records,
        quarantined: scanned.quarantined,
        accepted: scanned.accepted,
        torn: scanned.torn,
        unknown_schema: scanned.unknown_schema,
        unrecognised: scanned.unrecognised,
        segments_unread: scanned.segments_unread,
      }),
    ],
    [
      'sources',
      {
        list: verdict.sources.map(({ file, family, bytes, records, indexed_bytes, torn_bytes }) =>
          jsonOf({ file, family, bytes, records, indexed_bytes, torn_bytes }),
        ),
      },
    ],
    ['params', jsonOf(verdict.params)],
    ['since', jsonOf(verdict.since)],
    ['until', jsonOf(verdict.until)],
    ['config', jsonOf(verdict.config)],
    ['roster', jsonOf(verdict.roster === null ? null : { ...verdict.roster })],
    [
      'overrides',
      { list: verdict.overrides.map(({ check, key, value, from }) => jsonOf({ check, key, value, from })) },
    ],
    ['baseline', baselineJson(verdict)],
    ['since_last', verdict.since_last === null ? 'null' : jsonOf({ ...verdict.since_last })],
  ];
}

function baselineJson({ baseline }: Verdict): string {
  return baseline === null
    ? 'null'
    : jsonOf({ ...baseline, updated: baseline.updated === null ? null : { ...baseline.updated } });
}

function checkFields(check: CheckResult): Field[] {
  return [
    ['name', jsonOf(check.name)],
    ['severity', jsonOf(check.severity)],
    ['status', jsonOf(check.status)],
    ['complete', jsonOf(check.complete)],
    ['findings', jsonOf(check.findings)],
    ['population', jsonOf(check.population)],
    ['reason', jsonOf(check.reason)],
    ['rows', { list: check.rows.map(objectOf(check.columns)) }],
    ['accepted', jsonOf(check.accepted)],
    [
      'accepted_rows',
      {
        list: check.acceptedRows.map(
          ({ row, expires, reason }) =>
            `{"expires":${jsonOf(expires)},"reason":${jsonOf(reason)},"row":${objectOf(check.columns)(row)}}`,
        ),
      },
    ],
    ['known', jsonOf(check.known)],
    ['resolved', jsonOf(check.resolved)],
    ['resolved_findings', { list: check.resolvedFindings.map((identity) => jsonOf(identity)) }],
  ];
}

function compact(tree: Tree): string {
  if (typeof tree === 'string') return tree;
  if ('list' in tree) return `[${tree.list.map(compact).join(',')}]`;
  return `{${tree.object.map(([name, value]) => `${jsonOf(name)}:${compact(value)}`).join(',')}}`;
}

function indented(tree: Tree, margin: string): string {
  if (typeof tree === 'string') return tree;
  const inner = `${margin}  `;
  const [open, close] = 'list' in tree ? ['[', ']'] : ['{', '}'];
  const items =
    'list' in tree
      ? tree.list.map((item) => indented(item, inner))
      : tree.object.map(([name, value]) => `${jsonOf(name)}: ${indented(value, inner)}`);
  return items.length === 0 ? open + close : `${open}\n${inner}${items.join(`,\n${inner}`)}\n${margin}${close}`;
}
