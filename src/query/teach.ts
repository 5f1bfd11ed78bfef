// What DuckDB says of a statement, with what to do next: the columns that may have been meant, read from the views themselves; what a failed cast asks for.
import { nearNames } from '../catalog/names.ts';
import { type Engine, quoteText } from '../engine/engine.ts';
import { LakeobsError } from '../errors.ts';

/** The same failure with a hint, when there is one to give; `views`: those the statement names. */
export async function taught(error: LakeobsError, engine: Engine, views: readonly string[]): Promise<LakeobsError> {
  if (error.code !== 'query' || error.hint !== undefined) return error;
  const column = /(?:Referenced column|column named|Column with name) "([^"]+)"/.exec(error.message)?.[1];
  const hint =
    column === undefined
      ? hints.find(([pattern]) => pattern.test(error.message))?.[1]
      : await columnHint(column, engine, views);
  if (hint === undefined) return error;
  // Its own list of candidates is cut short and in no order.
  const message = error.message.replace(/\nCandidate bindings: .*/, '');
  return new LakeobsError('query', message, { hint, cause: error.cause });
}

const hints: readonly (readonly [RegExp, string])[] = [
  [/^(Internal|Fatal) Error/i, 'DuckDB failed inside itself. Write the statement another way.'],
  [/^Conversion Error/i, 'TRY_CAST(x AS type) gives NULL where a value does not fit.'],
];

async function columnHint(column: string, engine: Engine, views: readonly string[]): Promise<string | undefined> {
  if (views.length === 0) return undefined;
  const { rows } = await engine.all(
    `SELECT DISTINCT column_name FROM duckdb_columns() WHERE table_name IN (${views.map(quoteText).join(', ')})`,
  );
  const near = nearNames(column, rows.flat().map(String));
  const meant = near.length === 0 ? '' : `Did you mean ${near.join(', ')}? `;
  return `${meant}lakeobs sql "DESCRIBE ${views.join('" or "DESCRIBE ')}" lists the columns; a text stands in single quotes.`;
}
