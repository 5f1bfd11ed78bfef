// --allow-files: the user's own files can be joined, and nothing outside the folders can be read, whichever way it is written.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noConfig } from '../../src/catalog/config.ts';
import { openEngine } from '../../src/engine/engine.ts';
import { withRun } from '../../src/query/run.ts';
import type { Row } from '../../src/result.ts';

const root = mkdtempSync(join(tmpdir(), 'allowed-'));
const own = join(root, 'own');
const log = join(root, 'replay.jsonl');

beforeAll(async () => {
  mkdirSync(join(own, 'deep'), { recursive: true });
  mkdirSync(join(root, 'other'));
  writeFileSync(log, '{"schema":"replay.run.v1","session_id":"s1","timestamp":"2026-01-01T00:00:00Z","score":0.5}\n');
  writeFileSync(join(own, 'names.csv'), 'id,name\ns1,Ada\n');
  writeFileSync(join(own, 'deep', 'more.csv'), 'id,name\ns2,Grace\n');
  writeFileSync(join(own, 'names.tsv'), 'id\tname\ns1\tAda\n');
  writeFileSync(join(own, 'names.jsonl'), '{"id":"s1","name":"Ada"}\n');
  writeFileSync(join(own, 'names.json.gz'), gzipSync('[{"id":"s1","name":"Ada"}]'));
  writeFileSync(join(own, 'it, with a blank.csv'), 'id,name\ns1,Ada\n');
  writeFileSync(join(own, 'secret.txt'), 'CANARY');
  writeFileSync(join(root, 'other', 'secret.csv'), 'a\nCANARY\n');
  symlinkSync(join(root, 'other', 'secret.csv'), join(own, 'link.csv'));
  symlinkSync(join(root, 'other'), join(own, 'folder'));
  symlinkSync(join(own, 'names.csv'), join(own, 'inside.csv'));
  // folder/../names.csv is own/names.csv to whoever reads the path, and other/../names.csv to the system.
  writeFileSync(join(root, 'names.csv'), 'a\nCANARY\n');
  execFileSync('mkfifo', [join(own, 'deep', 'pipe.jsonl')]);
  const engine = await openEngine();
  await engine.exec(`COPY (SELECT 's1' AS id, 'Ada' AS name) TO '${join(own, 'names.parquet')}'`);
  engine.close();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function ask(sql: string, folders: readonly string[] = [own]): Promise<Row[]> {
  const scope = { paths: [log], lake: root, config: noConfig, cwd: root };
  return withRun([{ sql, params: {} }], { scope, allowFiles: folders }, async (run) => {
    const rows: Row[] = [];
    for await (const chunk of (await run.stream(0)).chunks) rows.push(...chunk);
    return rows;
  });
}

describe('own files are read', () => {
  test.each([
    `'${own}/names.csv'`,
    `read_csv('${own}/names.csv', header = true)`,
    `read_csv(['${own}/names.csv', '${own}/deep/more.csv'])`,
    `'${own}/names.tsv'`,
    `'${own}/names.parquet'`,
    `read_parquet('${own}/names.parquet')`,
    `'${own}/names.jsonl'`,
    `read_json('${own}/names.json.gz')`,
    `read_ndjson('${own}/names.jsonl')`,
    `'${own}/it, with a blank.csv'`,
    `'${own}/deep/../names.csv'`,
    `'${own}/inside.csv'`,
    `'${relative(process.cwd(), own)}/names.csv'`,
    `'${own}/names*.csv'`,
    `'${own}/[m-n]ames.csv'`,
    `'${own}/deep/../[m-n]ames.csv'`,
    `'${relative(process.cwd(), own)}/n*.csv'`,
  ])('FROM %s joins the views', async (source) => {
    expect(await ask(`SELECT name, score FROM replays JOIN ${source} ON id = session_id`)).toEqual([['Ada', 0.5]]);
  });

  test('a pattern may go through folders', async () => {
    expect(await ask(`SELECT count(*) FROM '${own}/deep/**/*.csv'`)).toEqual([[1]]);
  });
});

describe('nothing else is', () => {
  test.each<[sql: string, message: RegExp]>([
    [`FROM '${root}/other/secret.csv'`, /outside the folders/],
    [`FROM '${own}/../other/secret.csv'`, /outside the folders/],
    [`FROM '${own}/link.csv'`, /outside the folders/],
    [`FROM '${own}/folder/secret.csv'`, /outside the folders/],
    [`FROM '${own}/*.csv'`, /outside the folders/],
    [`FROM '${own}/folder/*.csv'`, /outside the folders/],
    [`FROM '${own}/folder/../names.csv'`, /outside the folders/],
    [`FROM read_csv('${own}/folder/../names.csv')`, /outside the folders/],
    [`FROM '${own}/folder/../n*.csv'`, /outside the folders/],
    [`FROM '${own}/deep/pipe.jsonl'`, /no regular file/],
    [`FROM '${own}/*/secret.csv'`, /outside the folders/],
    [`FROM '${own}/*/../../other/secret.csv'`, /outside the folders/],
    [`FROM '${root}/*/secret.csv'`, /outside the folders/],
    [`FROM '/**/secret.csv'`, /outside the folders/],
    [`FROM read_csv(['${own}/names.csv', '${root}/other/secret.csv'])`, /outside the folders/],
    [`FROM '${own}-not/x.csv'`, /no such file/],
    [`FROM '${own}/none.csv'`, /no such file/],
    [`FROM '${own}/secret.txt'`, /does not end like/],
    [`FROM read_csv('${own}/secret.txt')`, /does not end like/],
    [`FROM read_text('${own}/secret.txt')`, /read_text\(\) is refused/],
    [`FROM read_blob('${own}/names.csv')`, /read_blob\(\) is refused/],
    [`FROM glob('${own}/*')`, /glob\(\) is refused/],
    [`FROM sniff_csv('${own}/names.csv')`, /sniff_csv\(\) is refused/],
    [`FROM read_csv('${own}/' || 'names.csv')`, /not written out/],
    ['FROM read_csv((SELECT session_id FROM replays))', /not written out/],
    ['FROM read_csv($p)', /not written out/],
    ["FROM 'https://example.org/a.csv'", /no path on this machine/],
    ["FROM read_parquet('s3://bucket/a.parquet')", /no path on this machine/],
    [`FROM 'file://${root}/other/secret.csv'`, /no path on this machine/],
    ["FROM '~/a.csv'", /no path on this machine/],
    [`COPY replays TO '${own}/out.csv'`, /COPY is refused/],
    [`COPY (FROM replays) TO '${own}/names.csv' (USE_TMP_FILE false)`, /COPY is refused/],
    [`ATTACH '${own}/names.csv'`, /ATTACH is refused/],
  ])('%s', async (sql, message) => {
    const before = readFileSync(join(own, 'names.csv'), 'utf8');
    const error = await ask(sql).then(
      (rows) => expect.unreachable(`it gave ${JSON.stringify(rows)}`),
      (refused: Error) => refused,
    );
    expect(error).toMatchObject({ code: 'query', hint: expect.any(String) });
    expect(error.message).toMatch(message);
    expect(JSON.stringify(error)).not.toContain('CANARY');
    expect(readFileSync(join(own, 'names.csv'), 'utf8')).toBe(before);
  });

  test('without the option no file is read at all, and the refusal names it', async () => {
    await expect(ask(`FROM '${own}/names.csv'`, [])).rejects.toMatchObject({
      hint: expect.stringContaining('--allow-files'),
    });
    await expect(ask(`FROM read_csv('${own}/names.csv')`, [])).rejects.toMatchObject({
      hint: expect.stringContaining('--allow-files'),
    });
  });

  test('a folder that is none is a usage error', async () => {
    await expect(ask('SELECT 1', [join(own, 'names.csv')])).rejects.toMatchObject({ code: 'usage' });
    await expect(ask('SELECT 1', [join(own, 'none')])).rejects.toMatchObject({ code: 'usage' });
  });
});
