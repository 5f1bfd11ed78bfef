// `--where` over single records: the condition of a SELECT over the family's first view, by the same views, the same guard and the same sealed engine as every other
// statement. Records go in as lines of a private file; each carries its number through the view in place of its file's name.
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { presenceSql } from '../catalog/lines.ts';
import { unionColumns, viewStatements } from '../catalog/views.ts';
import { type Engine, InterruptedError, quoteName, quotePath, quoteText } from '../engine/engine.ts';
import { LakeobsError } from '../errors.ts';
import { duckdbObjectBytesMax } from '../limits.ts';
import { guard } from '../query/guard.ts';
import { type RunOptions, withEngine } from '../query/run.ts';
import { taught } from '../query/teach.ts';
import { whileWatched } from '../query/watch-run.ts';
import { families } from '../schema/facts.ts';
import type { FamilyName } from '../schema/family.ts';
import { familySql, knownSql } from '../schema/recognise.ts';
import type { RecordItem } from './item.ts';
import type { Choose } from './newest.ts';

/** Runs `use` with a choice of the records of one family that meet a condition; damage, which meets none, is left out.
 * @throws LakeobsError query for a condition that is none. */
export async function withWhere<T>(
  where: string,
  family: FamilyName,
  options: Omit<RunOptions, 'scope'>,
  use: (choose: Choose) => Promise<T>,
): Promise<T> {
  const view = families.find(({ name }) => name === family)!.views[0]!;
  const { processBytesMax, ...limits } = options;
  return withEngine(limits, async (engine, scratch) => {
    const path = scratch.file('.ndjson');
    writeFileSync(path, '{}\n', { mode: 0o600 });
    await engine.exec(setUp(view.name, path));
    const { sql } = await guarded(engine, view.name, where);
    await engine.seal([path]);
    return use(async (items) => {
      const records = items.filter(
        (item): item is RecordItem => item.damage === null && item.family === family && item.known,
      );
      if (records.length === 0) return [];
      writeFileSync(path, records.map(({ strict }, at) => numbered(strict, at)).join(''));
      const files = records.map(({ file }, at) => `(${at}, ${quoteText(file)})`);
      await engine.exec(`DELETE FROM "lakeobs files"; INSERT INTO "lakeobs files" VALUES ${files.join(', ')}`);
      const asked = whileWatched({ processBytesMax }, engine, () => engine.all(sql));
      const { rows } = await asked.catch((error: unknown) => failed(error, engine, view.name));
      // In any order; and a condition that closes its parenthesis can give out other numbers.
      const met = new Set(rows.map(([at]) => Number(at)));
      return records.filter((_, at) => met.has(at));
    });
  });
}

/** Nobody could have written it into a record: a key that stands twice in one would end the reading. */
const number = `lakeobs number ${randomBytes(8).toString('hex')}`;

/** The record with its number as its first member. */
function numbered(object: string, at: number): string {
  const rest = object.slice(object.indexOf('{') + 1);
  return `{"${number}":${at}${rest.trimStart().startsWith('}') ? '' : ','}${rest.replace(/[\r\n]+/g, ' ')}\n`;
}

function setUp(view: string, path: string): string {
  const columns = [
    `${quoteName(number)}: 'VARCHAR'`,
    ...unionColumns.map(({ wire, sqlType }) => `${quoteName(wire)}: '${sqlType}'`),
  ];
  const wires = unionColumns.map(({ wire }) => quoteName(wire)).join(', ');
  const made = viewStatements().find((sql) => sql.startsWith(`CREATE OR REPLACE VIEW ${quoteName(view)} `))!;
  return [
    'CREATE TABLE "lakeobs files" (number BIGINT, file VARCHAR)',
    `CREATE VIEW lines AS SELECT ${quoteName(number)} AS source_file, ${familySql} AS family, ${knownSql} AS known, ${wires}${presenceSql()} FROM read_ndjson([${quotePath(path)}], columns = {${columns.join(', ')}}, records = 'true', hive_partitioning = false, maximum_object_size = ${duckdbObjectBytesMax})`,
    made,
    `ALTER VIEW ${quoteName(view)} RENAME TO "lakeobs rows"`,
    `CREATE VIEW ${quoteName(view)} AS SELECT rows.* REPLACE (files.file AS source_file), files.number AS ${quoteName(number)} FROM "lakeobs rows" AS rows JOIN "lakeobs files" AS files ON files.number = CAST(rows.source_file AS BIGINT)`,
  ].join(';\n');
}

async function guarded(engine: Engine, view: string, where: string): Promise<{ sql: string }> {
  const sql = `SELECT ${quoteName(number)} FROM ${view} WHERE (\n${where}\n)`;
  const statement = await guard(engine, sql).catch((error: unknown) => failed(error, engine, view));
  const other = statement.views.find((name) => name !== view);
  if (other !== undefined)
    throw new LakeobsError('query', `--where looks at one record of ${view} at a time; it cannot read ${other}`, {
      hint: 'Use lakeobs sql for questions over several views.',
    });
  await engine.bind(statement.sql).catch((error: unknown) => failed(error, engine, view));
  return statement;
}

/** Throws what a statement failed with as it stands for the condition alone: without the line in front of it, and without the parenthesis behind. */
async function failed(error: unknown, engine: Engine, view: string): Promise<never> {
  if (!(error instanceof LakeobsError) || error.code !== 'query' || error.cause instanceof InterruptedError)
    throw error;
  const { message, hint, cause } = await taught(error, engine, [view]);
  const [what = '', ...shown] = message.split('\n');
  throw new LakeobsError(
    'query',
    // What stands below our own parenthesis: the condition ended too early.
    shown.at(-2)?.trim() === ')'
      ? `the condition of --where is not whole: ${what}`
      : message
          .replace(/\n\nLINE 1: [\s\S]*$/, '')
          .replace(/^LINE (\d+)/m, (_, line) => `LINE ${Number(line) - 1}`)
          // The text that never ends, as DuckDB repeats it.
          .replace('\n)"', '"'),
    { ...(hint === undefined ? {} : { hint }), cause },
  );
}
