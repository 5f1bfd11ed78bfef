// A roster in Parquet → the SQL of its ids. Columns of text, whole numbers and UUIDs hold ids; a floating-point column does not: it has lost digits already, and
// nobody knows whether 7.0 was written for 7.
import { writeFileSync } from 'node:fs';
import { type Engine, quoteName, quoteText } from '../../engine/engine.ts';
import { LakeobsError } from '../../errors.ts';
import { idColumnOf } from './column.ts';
import type { RosterForm, RosterRequest } from './form.ts';

/** @throws LakeobsError usage when it is unclear which column holds the ids, input when that column cannot hold ids. */
export async function parquetForm(
  engine: Engine,
  bytes: Uint8Array,
  { file, copy, asked }: RosterRequest,
): Promise<RosterForm> {
  writeFileSync(copy, bytes, { mode: 0o600 });
  const source = `read_parquet(${quoteText(copy)}, binary_as_string = true)`;
  const { rows } = await engine.all(`DESCRIBE SELECT * FROM ${source}`);
  const names = rows.map(([name]) => String(name));
  const at = idColumnOf(names, asked, file);
  const name = names[at]!;
  const type = String(rows[at]![1]);
  if (!/^(VARCHAR|UUID|U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DECIMAL\(\d+,0\)|ENUM\b.*)$/.test(type))
    throw new LakeobsError('input', `column ${JSON.stringify(name)} of the roster ${file} is of type ${type}`, {
      path: file,
      hint: 'Ids are text or whole numbers: write the column as text.',
    });
  return {
    column: name,
    idsSql: `SELECT CAST(${quoteName(name)} AS VARCHAR) AS id FROM ${source}`,
    lineOf: () => undefined,
  };
}
