// The attack suite as data: statements that try to read, write, reach or break what is not theirs, and what must come of each. Whoever runs SQL of strangers (the command,
// an own query, an own check, the child, a server) runs this table, over `attackGround`: a lake, a canary file, a folder that must not change.
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Attack {
  name: string;
  /** `{ROOT}` stands for the folder of the ground. */
  sql: string;
  /** The words of its refusal; null: it runs, and is harmless. */
  refused: RegExp | null;
}

/** A secret that stands in files and in the environment of the ground, and in no answer. */
export const canary = 'CANARY-7f3a91';

export interface Ground {
  root: string;
  lake: string;
  home: string;
  /** Every path below root with what it holds. */
  hash(): Record<string, string>;
  sqlOf(attack: Attack): string;
  remove(): void;
}

/** Makes the ground: a lake of one record, a file with the canary in every form DuckDB reads, a link to it from the lake. */
export function attackGround(): Ground {
  const root = mkdtempSync(join(tmpdir(), 'attacks-'));
  const lake = join(root, 'lake');
  const home = join(root, 'home');
  mkdirSync(lake);
  mkdirSync(home);
  writeFileSync(
    join(lake, 'replay.jsonl'),
    '{"schema":"replay.run.v1","session_id":"s1","timestamp":"2026-01-01T00:00:00Z","score":0.5}\n',
  );
  for (const name of ['canary.csv', 'canary.txt', 'canary.json', 'canary.jsonl'])
    writeFileSync(join(root, name), `{"a":"${canary}"}\n`);
  symlinkSync(join(root, 'canary.csv'), join(lake, 'link.csv'));
  return {
    root,
    lake,
    home,
    hash: () => {
      const hashes: Record<string, string> = {};
      for (const path of readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()) {
        const file = join(root, path);
        const stat = statSync(file);
        hashes[path] = stat.isFile()
          ? `${stat.size} ${stat.mtimeMs} ${createHash('sha256').update(readFileSync(file)).digest('hex')}`
          : stat.isDirectory()
            ? 'folder'
            : readlinkSync(file);
      }
      return hashes;
    },
    sqlOf: ({ sql }) => sql.replaceAll('{ROOT}', root),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

const noView = /no view/;

/** Refused, or harmless, in no time: they may share a process. */
export const quickAttacks: readonly Attack[] = [
  ...each(/is refused: only statements that read are run/, {
    'COPY to a file': "COPY replays TO '{ROOT}/out.csv'",
    'COPY over a log': "COPY (SELECT 1) TO '{ROOT}/lake/replay.jsonl' (FORMAT csv, USE_TMP_FILE false)",
    'COPY from a file': "COPY replays FROM '{ROOT}/canary.csv'",
    'COPY to standard output': "COPY (SELECT 1) TO '/dev/stdout'",
    EXPORT: "EXPORT DATABASE '{ROOT}/out'",
    IMPORT: "IMPORT DATABASE '{ROOT}'",
    'ATTACH a new file': "ATTACH '{ROOT}/new.db' AS other",
    'ATTACH a log': "ATTACH '{ROOT}/lake/replay.jsonl'",
    DETACH: 'DETACH memory',
    USE: 'USE memory',
    INSTALL: 'INSTALL httpfs',
    'INSTALL from a community': 'INSTALL shellfs FROM community',
    LOAD: "LOAD '{ROOT}/x.duckdb_extension'",
    SET: "SET memory_limit = '1TB'",
    'SET VARIABLE': 'SET VARIABLE x = 1',
    RESET: 'RESET lock_configuration',
    'PRAGMA with a value': "PRAGMA temp_directory = '{ROOT}'",
    PRAGMA: 'PRAGMA database_list',
    CALL: 'CALL enable_profiling()',
    CHECKPOINT: 'CHECKPOINT',
    VACUUM: 'VACUUM',
    ANALYZE: 'ANALYZE',
    PREPARE: 'PREPARE p AS SELECT 1',
    EXECUTE: 'EXECUTE p',
    DEALLOCATE: 'DEALLOCATE p',
    BEGIN: 'BEGIN TRANSACTION',
    'CREATE TABLE': 'CREATE TABLE t AS FROM replays',
    'CREATE VIEW over our own': 'CREATE OR REPLACE VIEW replays AS SELECT 1',
    'CREATE MACRO': 'CREATE MACRO f(x) AS x + 1',
    'CREATE MACRO that is a table': "CREATE MACRO f() AS TABLE FROM read_text('{ROOT}/canary.txt')",
    'CREATE SECRET': "CREATE SECRET s (TYPE s3, KEY_ID 'k', SECRET 's')",
    'CREATE SEQUENCE': 'CREATE SEQUENCE s',
    'CREATE TYPE': "CREATE TYPE mood AS ENUM ('a')",
    DROP: 'DROP VIEW replays',
    ALTER: 'ALTER VIEW replays RENAME TO r',
    INSERT: 'INSERT INTO lines_data SELECT 1',
    UPDATE: 'UPDATE lines_data SET family = NULL',
    DELETE: 'DELETE FROM lines_data',
    TRUNCATE: 'TRUNCATE lines_data',
    MERGE: 'MERGE INTO lines_data USING replays ON true WHEN MATCHED THEN DELETE',
    'COMMENT ON': "COMMENT ON VIEW replays IS 'x'",
    'EXPLAIN COPY': "EXPLAIN COPY replays TO '{ROOT}/out.csv'",
    'EXPLAIN ANALYZE COPY': "EXPLAIN ANALYZE COPY (SELECT 1) TO '{ROOT}/out.csv'",
    'COPY behind comments': "/* harmless */ -- SELECT\n COPY (SELECT 1) TO '{ROOT}/out.csv'",
    'COPY behind a byte order mark': "\uFEFFCOPY (SELECT 1) TO '{ROOT}/out.csv'",
    'COPY behind a no-break space': "\u00A0COPY (SELECT 1) TO '{ROOT}/out.csv'",
  }),
  ...each(/EXPLAIN with these options is refused/, {
    'a COPY that looks like a comment behind EXPLAIN':
      "EXPLAIN (analyze ') SELECT 1 -- ') COPY (SELECT 1) TO '{ROOT}/out.csv'",
  }),
  ...each(/statements; one at a time|several statements, or one that writes/, {
    'two that read': 'SELECT 1; SELECT 2',
    'INSERT behind WITH': 'WITH x AS (SELECT 1) INSERT INTO lines_data FROM x',
    'a second statement': "SELECT 1; COPY (SELECT 1) TO '{ROOT}/out.csv'",
    'a second statement behind a comment': 'SELECT 1 /* ; */ ; -- \n DROP VIEW replays',
    'a second statement after EXPLAIN': "EXPLAIN SELECT 1; COPY (SELECT 1) TO '{ROOT}/out.csv'",
  }),
  ...each(noView, {
    'a file for a table': "FROM '{ROOT}/canary.csv'",
    'a file in quotes for a table': 'SELECT * FROM "{ROOT}/canary.json"',
    'a file through a link in the lake': "FROM '{ROOT}/lake/link.csv'",
    'a file by a climbing path': "FROM '{ROOT}/lake/../canary.csv'",
    'a relative path': "FROM 'canary.csv'",
    'many files by a pattern': "FROM '{ROOT}/*.csv'",
    'a log itself': "FROM '{ROOT}/lake/replay.jsonl'",
    'a file over http': "FROM 'https://example.org/a.csv'",
    'a file in a bucket': "FROM 's3://bucket/a.parquet'",
    'a file as a URL': "FROM 'file://{ROOT}/canary.csv'",
    'a file in a subquery': "SELECT (SELECT a FROM '{ROOT}/canary.json')",
    'a file in a join': "FROM replays JOIN '{ROOT}/canary.json' ON true",
    'a file in EXISTS': "SELECT 1 WHERE EXISTS (FROM '{ROOT}/canary.csv')",
    'a file in a lambda': "SELECT list_transform([1], lambda x: (SELECT count(*) FROM '{ROOT}/canary.csv'))",
    'a file under a WITH name': 'WITH "{ROOT}/canary.csv" AS (SELECT 1) SELECT * FROM (FROM "{ROOT}/canary.csv")',
    'a file in DESCRIBE': "DESCRIBE TABLE '{ROOT}/canary.csv'",
    'a file in SUMMARIZE': "SUMMARIZE '{ROOT}/canary.csv'",
    'a file in PIVOT': "PIVOT '{ROOT}/canary.csv' ON a IN ('x') USING count(*)",
    'a file in UNPIVOT': "UNPIVOT '{ROOT}/canary.json' ON a INTO NAME n VALUE v",
    'a file behind EXPLAIN': "EXPLAIN FROM '{ROOT}/canary.csv'",
    'a file behind EXPLAIN ANALYZE': "EXPLAIN ANALYZE FROM '{ROOT}/canary.csv'",
    'a file as a sample': "SELECT * FROM '{ROOT}/canary.csv' USING SAMPLE 1",
    'what lies behind the views': 'FROM lines',
    'what lies behind the views, by its schema': 'FROM main.lines_data',
    'a view by its catalog': 'FROM memory.main.replays',
    information_schema: 'FROM information_schema.tables',
    pg_catalog: 'FROM pg_catalog.pg_settings',
    pg_tables: 'FROM pg_tables',
    sqlite_master: 'FROM sqlite_master',
    'duckdb_settings as a view': 'FROM duckdb_settings',
    'duckdb_logs as a view': 'FROM duckdb_logs',
    'SHOW DATABASES': 'SHOW DATABASES',
    'SHOW TABLES FROM': 'SHOW TABLES FROM main',
    'SHOW in a subquery': 'FROM (SHOW ALL TABLES)',
    'full-width letters': 'FROM ｒｅｐｌａｙｓ',
    'a zero-width space in a name': 'FROM re\u200Bplays',
    'a letter of another alphabet': 'FROM repl\u0430ys',
    'a view with a dot': 'FROM "main.replays"',
  }),
  ...each(/the table function \w+\(\) is refused/, {
    read_csv: "FROM read_csv('{ROOT}/canary.csv')",
    'read_csv in other letters': 'FROM "READ_CSV"(\'{ROOT}/canary.csv\')',
    'read_csv by its schema': "FROM system.main.read_csv('{ROOT}/canary.csv')",
    read_csv_auto: "FROM read_csv_auto('{ROOT}/canary.csv')",
    read_text: "SELECT content FROM read_text('{ROOT}/canary.txt')",
    read_blob: "FROM read_blob('{ROOT}/canary.txt')",
    read_json: "FROM read_json('{ROOT}/canary.json')",
    read_ndjson_objects: "FROM read_ndjson_objects('{ROOT}/canary.jsonl')",
    read_parquet: "FROM read_parquet('{ROOT}/canary.csv')",
    parquet_metadata: "FROM parquet_metadata('{ROOT}/canary.csv')",
    parquet_kv_metadata: "FROM parquet_kv_metadata('{ROOT}/canary.csv')",
    read_duckdb: "FROM read_duckdb('{ROOT}/canary.csv')",
    sniff_csv: "FROM sniff_csv('{ROOT}/canary.csv')",
    glob: "FROM glob('{ROOT}/*')",
    'glob of everything': "FROM glob('/**')",
    query: "FROM query('SELECT 1')",
    query_table: "FROM query_table('lines_data')",
    'query_table of several': "FROM query_table(['lines', 'lines_data'], true)",
    json_execute_serialized_sql: "FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
    'enable_logging to a file': "FROM enable_logging(storage = 'file', storage_path = '{ROOT}/log')",
    'enable_logging to standard output': "FROM enable_logging(storage = 'stdout')",
    disable_logging: 'FROM disable_logging()',
    enable_profiling: "FROM enable_profiling(save_location = '{ROOT}/profile')",
    enable_peg_parser: 'FROM enable_peg_parser()',
    checkpoint: 'FROM checkpoint()',
    force_checkpoint: 'FROM force_checkpoint()',
    duckdb_settings: 'FROM duckdb_settings()',
    duckdb_secrets: 'FROM duckdb_secrets()',
    which_secret: "FROM which_secret('s3://a', 's3')",
    duckdb_views: 'SELECT sql FROM duckdb_views()',
    duckdb_functions: 'FROM duckdb_functions()',
    duckdb_logs: 'FROM duckdb_logs()',
    duckdb_temporary_files: 'FROM duckdb_temporary_files()',
    duckdb_variables: 'FROM duckdb_variables()',
    pragma_database_size: 'FROM pragma_database_size()',
    pragma_user_agent: 'FROM pragma_user_agent()',
    'arrow_scan of an address': 'FROM arrow_scan(1, 2, 3)',
    seq_scan: 'FROM seq_scan()',
    sql_auto_complete: "FROM sql_auto_complete('FROM ')",
    test_all_types: 'FROM test_all_types()',
    summary: 'FROM summary((FROM replays))',
    'a table function in IN': "SELECT 1 WHERE 'x' IN (SELECT content FROM read_text('{ROOT}/canary.txt'))",
    'a table function beside a view': "FROM replays, read_text('{ROOT}/canary.txt')",
    'a table function in ORDER BY': "SELECT 1 ORDER BY (SELECT content FROM read_text('{ROOT}/canary.txt'))",
    'a table function in LIMIT': "SELECT 1 LIMIT (SELECT length(content) FROM read_text('{ROOT}/canary.txt'))",
    'a table function in a window':
      "SELECT sum(1) OVER (ORDER BY (SELECT content FROM read_text('{ROOT}/canary.txt')))",
    'a table function in FILTER':
      "SELECT count(*) FILTER (WHERE (SELECT content FROM read_text('{ROOT}/canary.txt')) = '') FROM replays",
    'a table function in a recursion':
      "WITH RECURSIVE t AS (SELECT 1 AS x UNION ALL SELECT length(content) FROM t, read_text('{ROOT}/canary.txt')) FROM t",
    'a table function in SUMMARIZE': "SUMMARIZE FROM read_text('{ROOT}/canary.txt')",
    'a table function in a MATERIALIZED entry': "WITH t AS MATERIALIZED (FROM read_text('{ROOT}/canary.txt')) FROM t",
    'a table function in VALUES': "VALUES ((SELECT content FROM read_text('{ROOT}/canary.txt')))",
    'a table function where arguments are ordered':
      "FROM range(3 ORDER BY (SELECT content FROM read_text('{ROOT}/canary.txt')))",
    'a table function in an argument': "FROM range((SELECT length(content) FROM read_text('{ROOT}/canary.txt')))",
    'a macro that is a table function': 'FROM duckdb_logs_parsed()',
  }),
  ...each(/the function \w+\(\) is refused|no function \w+\(\)/, {
    getenv: "SELECT getenv('LAKEOBS_CANARY')",
    'getenv as a method': 'SELECT session_id.getenv() FROM replays',
    'getenv in a lambda': "SELECT list_transform(['LAKEOBS_CANARY'], lambda x: getenv(x))",
    current_setting: "SELECT current_setting('temp_directory')",
    getvariable: "SELECT getvariable('x')",
    current_query: 'SELECT current_query()',
    write_log: "SELECT write_log('x')",
    'write_log, qualified': "SELECT system.main.write_log('x')",
    nextval: "SELECT nextval('s')",
    setseed: 'SELECT setseed(0.5)',
    'read_text among columns': "SELECT read_text('{ROOT}/canary.txt')",
    'query among columns': "SELECT query('SELECT 1')",
    json_serialize_sql: "SELECT json_serialize_sql('SELECT 1')",
    json_serialize_plan: "SELECT json_serialize_plan('FROM read_text(''{ROOT}/canary.txt'')')",
    json_deserialize_sql: "SELECT json_deserialize_sql('{}')",
    pg_get_viewdef: 'SELECT pg_get_viewdef(1)',
    sleep_ms: 'SELECT sleep_ms(1000000)',
    pg_sleep: 'SELECT pg_sleep(1000)',
    'a function on raw bytes': "SELECT create_sort_key('a', 'ASC')",
    'finalize of no state': "SELECT finalize('x'::BLOB)",
    'a function under COLUMNS': 'SELECT getenv(COLUMNS(*)) FROM replays',
    'a function in FILTER': "SELECT count(*) FILTER (WHERE getenv('A') = '') FROM replays",
  }),
  ...each(/nested too deeply|depth|syntax error/, {
    'parentheses a hundred thousand deep': `SELECT ${'('.repeat(100_000)}1${')'.repeat(100_000)}`,
    'subqueries five thousand deep': `SELECT ${'(SELECT '.repeat(5_000)}1${')'.repeat(5_000)}`,
    'casts five thousand deep': `SELECT 1${'::INT'.repeat(5_000)}`,
    'lists fifty thousand deep': `SELECT ${'['.repeat(50_000)}1${']'.repeat(50_000)}`,
    'a sum of five thousand': `SELECT 1${'+1'.repeat(5_000)}`,
    'types five thousand deep': `SELECT NULL::INT${'[]'.repeat(5_000)}`,
    'WITH five thousand deep': `WITH ${Array.from({ length: 5_000 }, (_, n) => `t${n} AS (SELECT * FROM ${n === 0 ? 'range(1)' : `t${n - 1}`})`).join(', ')} FROM t4999`,
  }),
  ...each(/NUL character/, {
    'a NUL': "SELECT 1 \0; COPY (SELECT 1) TO '{ROOT}/out.csv'",
    'a NUL in a text': "SELECT 'a\0b'",
  }),
  ...each(/has \d+ bytes/, { 'five megabytes': `SELECT '${'x'.repeat(5_000_000)}'` }),
  ...each(/A CTE needs a SELECT|syntax error|not supported/, {
    'INSERT in WITH': 'WITH x AS (INSERT INTO lines_data SELECT 1 RETURNING *) FROM x',
    'SELECT INTO': "SELECT 1 INTO OUTFILE '{ROOT}/out.csv'",
    'a command of a shell': '.shell ls',
    'a quoted option of EXPLAIN': 'EXPLAIN ("analyze") COPY (SELECT 1) TO \'{ROOT}/out.csv\'',
    'a dollar-quoted body': 'DO $$ SELECT 1 $$',
    'a table as a parameter': 'FROM $1',
  }),
  ...each(/type whose values cannot be given out/, {
    'a type as a value': 'SELECT get_type(1)',
    'the state of an aggregate': 'SELECT sum(1) EXPORT_STATE',
  }),
  ...each(/called __proto__/, { 'a member called __proto__': "SELECT {'__proto__': 1} AS x" }),
  ...each(/^INTERNAL Error: (?![\s\S]*Stack Trace)/, {
    'a fault of DuckDB itself': 'FROM repeat_row(1, num_rows = -1)',
  }),
  ...each(/boom/, { 'error()': "SELECT error('boom')" }),
  ...each(/has no value/, { 'a parameter nobody gave': 'SELECT $secret' }),
  ...each(null, {
    'a text that looks like a statement': "SELECT 'COPY x TO ''{ROOT}/out.csv''' AS text",
    'a column that is called like a function': `SELECT 1 AS "read_text('x')"`,
    'control characters in a result': "SELECT chr(27) || ']0;owned' || chr(7) || chr(155) AS x",
    'a comment that never ends a string': "SELECT '--' /* ' */ AS x",
    // Names DuckDB makes up, nothing of the system.
    'who one is to DuckDB': 'SELECT current_user, session_user, current_schema, current_catalog',
    'SHOW TABLES': 'SHOW TABLES',
    DESCRIBE: 'DESCRIBE replays',
    'a view in other letters': 'FROM "REPLAYS"',
    'a WITH name that hides a view': 'WITH replays AS (SELECT 1 AS x) FROM replays',
  }),
];

/** A statement that listens to nothing for a minute. */
export const deaf = "SELECT max(levenshtein(repeat('a', 150000), repeat('b', 150000))) AS m";

/** Take time or memory until a limit ends them; each wants a process that can be killed. `DuckDB listens` to those of the first list, and ends them by itself. */
export const slowAttacks: readonly Attack[] = each(/time limit/, {
  'a cross join': 'SELECT count(*) FROM range(1000000000) a, range(1000000000) b',
  'an endless recursion': 'WITH RECURSIVE t AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM t) SELECT count(*) FROM t',
  'a range without end': 'SELECT sum(range) FROM range(1000000000000)',
  'a cascade of WITH': `WITH ${Array.from({ length: 30 }, (_, n) => `t${n} AS (SELECT a.range FROM ${n === 0 ? 'range(4) a' : `t${n - 1} a, t${n - 1} b`})`).join(', ')} SELECT count(*) FROM t29`,
});

/** These do not listen. */
export const deafAttacks: readonly Attack[] = [
  ...each(/time limit|memory/i, {
    'levenshtein over long texts': "SELECT max(levenshtein(repeat('a', 90000), repeat('b', 90000)))",
    'damerau_levenshtein over long texts': "SELECT damerau_levenshtein(repeat('a', 60000), repeat('b', 60000))",
    'a text of three gigabytes': "SELECT length(repeat('x', 3000000000))",
    'a huge list, sorted': 'SELECT list_sort(range(300000000))[1]',
    'a list of three billion': 'SELECT len(range(3000000000))',
    'a huge list aggregated': 'SELECT len(list(range)) FROM range(2000000000)',
    'a text that grows as it is gathered': "SELECT length(string_agg(repeat('x', 1000000), '')) FROM range(100000)",
    'a recursion that doubles a text':
      "WITH RECURSIVE t AS (SELECT 'xxxxxxxx' AS s UNION ALL SELECT s || s FROM t) SELECT max(length(s)) FROM t",
    'a list that doubles in a lambda':
      'SELECT len(list_reduce(list_transform(range(60), lambda x: [x, x]), lambda a, b: a || a))',
    'nested lambdas':
      'SELECT list_transform(range(3000), lambda x: list_transform(range(3000), lambda y: list_transform(range(3000), lambda z: x + y + z)))',
    'a nested sum that the planner thinks about for minutes': `SELECT 1${'+1'.repeat(900)}`,
    'a hundred thousand conditions': `SELECT 1 WHERE false${' OR 1=2'.repeat(100_000)}`,
    'every combination of thirty': `SELECT count(*) FROM ${Array.from({ length: 30 }, (_, n) => `range(1000) t${n}`).join(', ')}`,
  }),
];

/** These end by themselves, refused by DuckDB or with an honest answer, within the limits. */
export const boundedAttacks: readonly Attack[] = [
  ...each(/./, {
    'lpad to three billion': "SELECT length(lpad('x', 3000000000, 'y'))",
    'printf of a huge width': "SELECT length(printf('%3000000000d', 1))",
    'format of a huge width': "SELECT length(format('{:>3000000000}', 'x'))",
    'a factorial beyond 128 bits': 'SELECT factorial(1000)',
    'a power beyond doubles': 'SELECT (10::HUGEINT ** 40)::HUGEINT',
    'a bitstring of three billion': "SELECT bit_length(bitstring('1', 3000000000))",
    'a regular expression that counts to a million': "SELECT regexp_matches('a', '((a{1000}){1000}){1000}')",
    'a pattern that is none': "SELECT regexp_matches('a', '(')",
  }),
  ...each(null, {
    'a regular expression that backtracks elsewhere':
      "SELECT regexp_matches(repeat('a', 100000) || 'b', '^(a+)+$') AS m",
    'LIKE with many wildcards': "SELECT repeat('a', 5000) LIKE repeat('%a', 200) || 'b' AS m",
    'a deep JSON': "SELECT json_valid(repeat('[', 100000)) AS v",
    'a deep JSON, read': "SELECT json_extract(repeat('[', 500) || repeat(']', 500), '$[0][0]') IS NULL AS v",
    'a thousand columns': `SELECT ${Array.from({ length: 1_000 }, (_, n) => `${n} AS c${n}`).join(', ')}`,
    'numbers without a number': "SELECT 'NaN'::DOUBLE AS n, 'Infinity'::DOUBLE AS i, '-Infinity'::DOUBLE AS j",
    'instants beyond the calendar':
      "SELECT 'infinity'::TIMESTAMPTZ AS a, TIMESTAMP '290000-01-01' AS b, DATE '5881580-07-10' AS c",
  }),
];

function each(refused: RegExp | null, attacks: Readonly<Record<string, string>>): Attack[] {
  return Object.entries(attacks).map(([name, sql]) => ({ name, sql, refused }));
}
