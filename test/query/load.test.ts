import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Catalogue } from '../../src/query/load.ts';
import { bundledFolder, listQueries, loadChecks, loadQueries, loadQuery, loadQueryFile } from '../../src/query/load.ts';

const folder = mkdtempSync(join(tmpdir(), 'lakeobs-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const own = join(folder, 'own');
const text = '-- title: Mine\n-- family: session\n-- kind: query\nSELECT 1\n';
mkdirSync(join(own, 'deep'), { recursive: true });
writeFileSync(join(own, 'mine.sql'), text);
writeFileSync(join(own, 'deep', 'deeper.sql'), text);
writeFileSync(join(own, 'notes.txt'), 'no query');
writeFileSync(join(own, '.hidden.sql'), 'no query');

describe('the catalogue', () => {
  test('holds bundled and own queries in order of name', () => {
    const { files } = listQueries([own]);
    expect(files.get('mine')).toEqual({ file: join(own, 'mine.sql'), bundled: false });
    expect(files.get('deeper')).toEqual({ file: join(own, 'deep', 'deeper.sql'), bundled: false });
    expect(files.get('alarm')).toMatchObject({ bundled: true });
    expect([...files.keys()]).toEqual([...files.keys()].sort());
    expect(files.has('notes')).toBe(false);
    expect(files.has('.hidden')).toBe(false);
  });

  test('every bundled query has a header that parses, and a family folder that is its family', () => {
    for (const query of loadQueries(listQueries([]))) {
      expect(query.bundled).toBe(true);
      expect(query.file).toBe(join(bundledFolder(), query.family, `${query.name}.sql`));
    }
  });

  test('a bundled name cannot be shadowed', () => {
    const shadow = join(folder, 'shadow');
    mkdirSync(shadow);
    writeFileSync(join(shadow, 'alarm.sql'), text);
    expect(() => listQueries([shadow])).toThrow(/has the name of the bundled query alarm/);
    expect(() => loadQueryFile(join(shadow, 'alarm.sql'), '/', listQueries([]))).toThrow(
      /has the name of the bundled query alarm/,
    );
  });

  test('folders behind links are read, each once, whatever circle they make', () => {
    const shared = join(folder, 'shared');
    const linking = join(folder, 'linking');
    mkdirSync(shared);
    mkdirSync(linking);
    writeFileSync(join(shared, 'theirs.sql'), text);
    symlinkSync(shared, join(linking, 'a'));
    symlinkSync(shared, join(linking, 'b'));
    symlinkSync(linking, join(shared, 'back'));
    symlinkSync(join(folder, 'nowhere'), join(linking, 'gone'));
    symlinkSync(join(linking, 'self'), join(linking, 'self'));
    symlinkSync(join(folder, 'nowhere'), join(linking, 'lost.sql'));
    const names = [...listQueries([linking]).files].filter(([, { bundled }]) => !bundled).map(([name]) => name);
    expect(names).toEqual(['lost', 'theirs']);
    expect(loadChecks(listQueries([linking])).map(({ name, fault }) => [name, fault])).toContainEqual([
      'lost',
      expect.stringMatching(/cannot read .*lost\.sql/),
    ]);
  });

  test('two own queries of one name are refused', () => {
    const other = join(folder, 'other');
    mkdirSync(other);
    writeFileSync(join(other, 'mine.sql'), text);
    expect(() => listQueries([own, other])).toThrow(/have the same name/);
  });

  test('a folder that is missing is a usage error', () => {
    expect(() => listQueries([join(folder, 'nowhere')])).toThrow(/does not exist/);
    expect(() => listQueries([join(own, 'mine.sql')])).toThrow(/not a directory/);
  });
});

describe('one query', () => {
  const catalogue: Catalogue = {
    files: new Map([
      ['mine', { file: join(own, 'mine.sql'), bundled: false }],
      ['gone', { file: join(own, 'gone.sql'), bundled: false }],
    ]),
  };

  test('is loaded by name', () => {
    expect(loadQuery('mine', catalogue)).toMatchObject({ name: 'mine', title: 'Mine', bundled: false });
  });

  test('an unknown name names the nearest and how to name a file', () => {
    expect(() => loadQuery('mina', catalogue)).toThrow(
      expect.objectContaining({
        code: 'usage',
        message: expect.stringMatching(/"mina".*mine/),
        hint: expect.stringContaining('./mina'),
      }),
    );
  });

  test('a file that cannot be read is a usage error', () => {
    expect(() => loadQuery('gone', catalogue)).toThrow(/cannot read .*gone.sql: no such file/);
  });

  test('an own file nobody can read, or whose header nobody can, stands among the checks with its fault', () => {
    writeFileSync(join(folder, 'typo.sql'), text.replace('family', 'familly'));
    const files = new Map([...catalogue.files, ['typo', { file: join(folder, 'typo.sql'), bundled: false }]]);
    expect(loadChecks({ files }).map(({ name, fault }) => [name, fault])).toEqual([
      ['gone', expect.stringMatching(/cannot read .*gone\.sql: no such file/)],
      ['typo', expect.stringMatching(/typo\.sql:2: unknown header key "familly"/)],
    ]);
  });

  test('is loaded from a file, with a header or without one', () => {
    writeFileSync(join(folder, 'bare.sql'), 'SELECT 2');
    expect(loadQueryFile('bare.sql', folder, catalogue)).toMatchObject({
      name: 'bare',
      kind: 'query',
      sql: 'SELECT 2',
    });
    expect(loadQueryFile('own/mine.sql', folder, catalogue)).toMatchObject({ name: 'mine', title: 'Mine' });
  });
});
