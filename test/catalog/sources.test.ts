import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Config, noConfig } from '../../src/catalog/config.ts';
import { isLake, type Listing, listSources, type Scope } from '../../src/catalog/sources.ts';
import { tempFolder } from './ask.ts';

const folder = tempFolder();
let number = 0;
/** A new folder with empty files of these names. */
function home(...names: string[]): string {
  const path = join(folder, `f${++number}`);
  mkdirSync(path);
  for (const name of names) {
    if (name.includes('/')) mkdirSync(join(path, name, '..'), { recursive: true });
    writeFileSync(join(path, name), name);
  }
  return path;
}
const scope = (fields: Partial<Scope>): Scope => ({
  paths: [],
  lake: join(folder, 'no-lake'),
  config: noConfig,
  cwd: folder,
  ...fields,
});
const config = (base: string, sources: Config['sources']): Config => ({
  ...noConfig,
  file: join(base, 'lakeobs.json'),
  sources,
});
const namesOf = (listing: Listing, base: string) => listing.files.map(({ path }) => path.replace(`${base}/`, ''));

describe('a lake', () => {
  test('is its active files and segments, and names what it does not read', async () => {
    const lake = home(
      'session.jsonl',
      'session.000001.jsonl',
      'session.000002.jsonl.gz',
      'session.1000000.jsonl.zst',
      'journal.jsonl',
      'notes.jsonl',
      'notes.jsonl.gz',
      'session.00001.jsonl',
      'session.jsonl.bak',
      'session.chain',
      'readme.txt',
      'quarantine/session.jsonl',
      '.lakeobs/x.jsonl',
      '.hidden.jsonl',
      'deep/observer.jsonl',
      'session.jsonl.1',
      'session.jsonl.2.gz',
      'SESSION.JSONL',
    );
    const listing = await listSources(scope({ lake }));
    expect(namesOf(listing, lake)).toEqual([
      'journal.jsonl',
      'session.000001.jsonl',
      'session.000002.jsonl.gz',
      'session.1000000.jsonl.zst',
      'session.jsonl',
    ]);
    expect(
      listing.files.map(({ family, origin, compression, closed }) => [family, origin, compression, closed]),
    ).toEqual([
      ['journal', 'lake', '', false],
      ['session', 'lake', '', true],
      ['session', 'lake', '.gz', true],
      ['session', 'lake', '.zst', true],
      ['session', 'lake', '', false],
    ]);
    expect(listing.unreadInLake.map((path) => path.replace(`${lake}/`, ''))).toEqual([
      '.hidden.jsonl',
      'SESSION.JSONL',
      'notes.jsonl',
      'notes.jsonl.gz',
      'session.00001.jsonl',
      'session.jsonl.1',
      'session.jsonl.2.gz',
    ]);
    expect(listing.segmentsUnread).toEqual([]);
  });

  test('that is missing is an input error with a way out', async () => {
    await expect(listSources(scope({}))).rejects.toMatchObject({
      code: 'input',
      message: expect.stringContaining('no-lake'),
      hint: expect.stringContaining('lakeobs init'),
    });
  });

  test('that is a file is an input error', async () => {
    const lake = join(home('file'), 'file');
    await expect(listSources(scope({ lake }))).rejects.toMatchObject({
      code: 'input',
      message: expect.stringContaining('not a directory'),
    });
  });

  test('named as a PATH is read as a lake', async () => {
    const lake = home('session.jsonl', 'other.jsonl', 'deep/x.jsonl');
    const listing = await listSources(scope({ paths: [lake] }));
    expect(namesOf(listing, lake)).toEqual(['session.jsonl']);
    expect(listing.files[0]).toMatchObject({ origin: 'lake', family: 'session' });
    expect(listing.unreadInLake).toEqual([join(lake, 'other.jsonl')]);
  });

  test('is known by its own folder or by a log of a family', () => {
    expect(isLake(home('.lakeobs/x'))).toBe(true);
    expect(isLake(home('journal.jsonl'))).toBe(true);
    expect(isLake(home('journal.000001.jsonl.gz'))).toBe(true);
    expect(isLake(home('other.jsonl'))).toBe(false);
    expect(isLake(home())).toBe(false);
  });

  test('one inode under two names, as a rotation that died leaves it, is the segment', async () => {
    const lake = home('session.jsonl');
    linkSync(join(lake, 'session.jsonl'), join(lake, 'session.000001.jsonl'));
    const listing = await listSources(scope({ lake }));
    expect(namesOf(listing, lake)).toEqual(['session.000001.jsonl']);
    expect(listing.files[0]).toMatchObject({ closed: true });
  });
});

describe('a PATH', () => {
  test('replaces lake and config', async () => {
    const base = home('a.jsonl', 'b.jsonl');
    const lake = home('session.jsonl');
    const listing = await listSources(
      scope({
        lake,
        config: config(base, [{ family: 'session', pattern: join(base, 'b.jsonl') }]),
        cwd: base,
        paths: ['a.jsonl'],
      }),
    );
    expect(listing.files).toMatchObject([{ path: join(base, 'a.jsonl'), origin: 'path', family: null }]);
  });

  test('that is a file means exactly that file; the rest of its log is named', async () => {
    const base = home(
      'agent.log',
      'agent.000001.log',
      'agent.000002.log.gz',
      'agent.000003.jsonl',
      'agentx.000001.log',
    );
    const active = await listSources(scope({ cwd: base, paths: ['agent.log'] }));
    expect(namesOf(active, base)).toEqual(['agent.log']);
    expect(active.segmentsUnread).toEqual([join(base, 'agent.000001.log'), join(base, 'agent.000002.log.gz')]);
    const segment = await listSources(scope({ cwd: base, paths: ['agent.000002.log.gz'] }));
    expect(segment.segmentsUnread).toEqual([join(base, 'agent.000001.log'), join(base, 'agent.log')]);
    const all = await listSources(
      scope({ cwd: base, paths: ['agent.log', 'agent.000001.log', 'agent.000002.log.gz'] }),
    );
    expect(all.segmentsUnread).toEqual([]);
  });

  test('a segment that is read under another name is not called unread', async () => {
    const base = home('agent.log');
    linkSync(join(base, 'agent.log'), join(base, 'agent.000001.log'));
    expect((await listSources(scope({ cwd: base, paths: ['agent.log'] }))).segmentsUnread).toEqual([]);
  });

  test('that is a folder is walked: logs only, nothing hidden, no quarantine, nothing twice', async () => {
    const base = home(
      'a.jsonl',
      'b.ndjson',
      'c.log',
      'd.jsonl.gz',
      'e.log.zst',
      'f.txt',
      'g.gz',
      'deep/er/h.jsonl',
      '.git/i.jsonl',
      '.j.jsonl',
      'quarantine/k.jsonl',
    );
    symlinkSync(join(base, 'a.jsonl'), join(base, 'z.jsonl'));
    symlinkSync(base, join(base, 'loop.log'));
    execFileSync('mkfifo', [join(base, 'pipe.log')]);
    const listing = await listSources(scope({ paths: [base] }));
    expect(namesOf(listing, base)).toEqual([
      'a.jsonl',
      'b.ndjson',
      'c.log',
      'd.jsonl.gz',
      'deep/er/h.jsonl',
      'e.log.zst',
    ]);
  });

  test('that is a folder: what other programs rotated, packed or wrote in upper case is not read, and is named', async () => {
    const others = ['LOUD.JSONL', 'a.jsonl.1', 'a.jsonl.2.gz', 'b.log-20260301', 'b.log.2026-03-01.bz2', 'c.ndjson.xz'];
    const base = home('a.jsonl', 'catalog', 'notes.log.txt', 'log.1', '.git/a.log.1', 'a.jsonl.tmp', ...others);
    const listing = await listSources(scope({ paths: [base] }));
    expect(namesOf(listing, base)).toEqual(['a.jsonl']);
    expect(listing.notLogs).toEqual(others.map((name) => join(base, name)));
    // Named, each is read as what it is.
    const named = await listSources(scope({ paths: [base, join(base, 'a.jsonl.1')] }));
    expect(namesOf(named, base)).toEqual(['a.jsonl', 'a.jsonl.1']);
    expect(named.notLogs).not.toContain(join(base, 'a.jsonl.1'));
  });

  test('in which there is no log is named, by the words it was asked for with', async () => {
    const base = home('logs/a.jsonl', 'empty/readme.txt');
    const paths = ['./logs', './empty', 'logs/a.jsonl', '-'];
    expect((await listSources(scope({ cwd: base, paths }))).nothingIn).toEqual(['./empty']);
    const patterns = ['logs/*.jsonl', 'log/*.jsonl'].map((pattern) => join(base, pattern));
    const sources = patterns.map((pattern) => ({ family: 'session' as const, pattern }));
    expect((await listSources(scope({ cwd: base, config: config(base, sources) }))).nothingIn).toEqual([
      join(base, 'log/*.jsonl'),
    ]);
  });

  test('that is a pattern is every file it matches, and an error when it matches none', async () => {
    const base = home('a1.jsonl', 'a2.jsonl', 'b.jsonl', '.a3.jsonl', 'a9/x.jsonl');
    expect(namesOf(await listSources(scope({ cwd: base, paths: ['a*'] })), base)).toEqual(['a1.jsonl', 'a2.jsonl']);
    expect(namesOf(await listSources(scope({ cwd: base, paths: ['./{a1,b}.jsonl'] })), base)).toEqual([
      'a1.jsonl',
      'b.jsonl',
    ]);
    expect(namesOf(await listSources(scope({ cwd: base, paths: [`${base}/**/*.jsonl`] })), base)).toEqual([
      'a1.jsonl',
      'a2.jsonl',
      'a9/x.jsonl',
      'b.jsonl',
    ]);
    await expect(listSources(scope({ cwd: base, paths: ['c*'] }))).rejects.toMatchObject({
      code: 'input',
      message: 'no file matches c*',
    });
  });

  test('a pattern names the unread rest of its logs too', async () => {
    const base = home('agent.log', 'agent.000001.log');
    expect((await listSources(scope({ cwd: base, paths: ['agent.l*'] }))).segmentsUnread).toEqual([
      join(base, 'agent.000001.log'),
    ]);
  });

  test('a name that looks like a pattern is itself first', async () => {
    const base = home('a[1].jsonl', 'a1.jsonl');
    expect(namesOf(await listSources(scope({ cwd: base, paths: ['a[1].jsonl'] })), base)).toEqual(['a[1].jsonl']);
  });

  test('a pattern works in a folder whose own name looks like one', async () => {
    const base = home('x[1]/a.jsonl', 'x1/b.jsonl');
    expect(namesOf(await listSources(scope({ cwd: join(base, 'x[1]'), paths: ['*.jsonl'] })), base)).toEqual([
      'x[1]/a.jsonl',
    ]);
  });

  test.each<[why: string, path: string, message: RegExp]>([
    ['missing', 'missing.jsonl', /^no such file or folder: missing\.jsonl$/],
    ['below a file', 'file/x.jsonl', /no such file|not a directory/],
    ['a link to nothing', 'dangling.jsonl', /no such file/],
  ])('that is %s is an input error', async (_why, path, message) => {
    const base = home('file');
    symlinkSync(join(base, 'nothing'), join(base, 'dangling.jsonl'));
    await expect(listSources(scope({ cwd: base, paths: [path] }))).rejects.toMatchObject({
      code: 'input',
      message: expect.stringMatching(message),
      hint: expect.any(String),
    });
  });

  test('a link to nothing in a folder or a lake is not passed over', async () => {
    for (const names of [['a.jsonl'], ['session.jsonl']]) {
      const base = home(...names);
      symlinkSync(join(base, 'nothing'), join(base, 'journal.jsonl'));
      await expect(listSources(scope({ paths: [base] }))).rejects.toMatchObject({
        code: 'input',
        message: `no such file or folder: ${join(base, 'journal.jsonl')}`,
      });
    }
  });

  test('a link to nothing that a pattern matches is not passed over', async () => {
    const base = home('a.jsonl');
    symlinkSync(join(base, 'nothing'), join(base, 'b.jsonl'));
    symlinkSync('c.jsonl', join(base, 'c.jsonl'));
    symlinkSync('nothing', join(base, 'd.txt'));
    const listing = await listSources(scope({ cwd: base, paths: ['*.jsonl'], lenient: true }));
    expect(namesOf(listing, base)).toEqual(['a.jsonl']);
    expect(listing.unreadable.map(({ message }) => message)).toEqual([
      `no such file or folder: ${join(base, 'b.jsonl')}`,
      `cannot read ${join(base, 'c.jsonl')}: too many symbolic links (ELOOP)`,
    ]);
    await expect(listSources(scope({ cwd: base, paths: ['*.jsonl'] }))).rejects.toThrow(/b\.jsonl/);
    await expect(
      listSources(scope({ config: config(base, [{ family: 'session', pattern: join(base, '*.jsonl') }]) })),
    ).rejects.toThrow(/b\.jsonl/);
  });

  // Root may read every folder.
  test.skipIf(process.getuid?.() === 0)(
    'a folder on the way of a pattern that cannot be read is an error',
    async () => {
      const base = home('open/a.jsonl', 'shut/b.jsonl');
      chmodSync(join(base, 'shut'), 0o000);
      try {
        await expect(listSources(scope({ cwd: base, paths: ['**/*.jsonl'] }))).rejects.toMatchObject({
          code: 'input',
          message: expect.stringContaining('permission denied'),
        });
        const lenient = await listSources(scope({ cwd: base, paths: ['**/*.jsonl'], lenient: true }));
        expect(namesOf(lenient, base)).toEqual(['open/a.jsonl']);
        expect(lenient.unreadable).toHaveLength(1);
      } finally {
        chmodSync(join(base, 'shut'), 0o700);
      }
    },
  );

  test('a log whose name is not UTF-8 is named as what it is; other files of such names are no matter', async () => {
    const base = home('a.jsonl', 'sub/b.jsonl');
    const raw = (name: string) => Buffer.concat([Buffer.from(`${base}/`), Buffer.from(name, 'latin1')]);
    writeFileSync(raw('b\xff.txt'), '');
    for (const path of ['.', '*.jsonl', '**/*.jsonl'])
      expect((await listSources(scope({ cwd: base, paths: [path] }))).files[0]?.path).toBe(join(base, 'a.jsonl'));
    writeFileSync(raw('c\xff.jsonl'), '{}\n');
    for (const path of ['.', '*.jsonl'])
      await expect(listSources(scope({ cwd: base, paths: [path] }))).rejects.toMatchObject({
        code: 'input',
        message: `cannot read ${base}/c\ufffd.jsonl: its name is not UTF-8`,
      });
    rmSync(raw('c\xff.jsonl'));
    mkdirSync(raw('d\xff'));
    for (const path of ['.', '**/*.jsonl'])
      await expect(listSources(scope({ cwd: base, paths: [path] }))).rejects.toMatchObject({
        message: expect.stringContaining(`d\ufffd`),
      });
  });

  test('a pipe in a lake is not waited for', async () => {
    const lake = home('session.jsonl');
    execFileSync('mkfifo', [join(lake, 'journal.jsonl')]);
    await expect(listSources(scope({ lake }))).rejects.toMatchObject({
      code: 'input',
      message: `cannot read ${join(lake, 'journal.jsonl')}: it is a pipe or a device, not a file`,
    });
  });

  test('the name of a family that is no file says how a lake is read', async () => {
    await expect(listSources(scope({ paths: ['./session'] }))).rejects.toMatchObject({
      hint: expect.stringContaining('--lake'),
    });
  });

  test('- is standard input, once', async () => {
    const listing = await listSources(scope({ paths: ['-', '-'] }));
    expect(listing.files).toMatchObject([{ path: '-', origin: 'stdin', stream: true }]);
  });

  test('a pipe or a device is a stream', async () => {
    const base = home();
    execFileSync('mkfifo', [join(base, 'pipe')]);
    const listing = await listSources(scope({ cwd: base, paths: ['./pipe', '/dev/null'] }));
    expect(listing.files.map(({ stream }) => stream)).toEqual([true, true]);
  });

  test('hard links, symbolic links and repeated names are one file', async () => {
    const base = home('a.jsonl');
    linkSync(join(base, 'a.jsonl'), join(base, 'b.jsonl'));
    symlinkSync(join(base, 'a.jsonl'), join(base, 'c.jsonl'));
    expect(
      (await listSources(scope({ cwd: base, paths: ['c.jsonl', 'b.jsonl', 'a.jsonl', './a.jsonl'] }))).files,
    ).toHaveLength(1);
  });
});

describe('sources of the config', () => {
  test('a file means its log: the segments are read with it, without the file too', async () => {
    const base = home('app.log', 'app.000001.log', 'app.000002.log.gz', 'gone.000001.log', 'other.log');
    const listing = await listSources(
      scope({
        lake: home('session.jsonl'),
        config: config(base, [
          { family: 'journal', pattern: join(base, 'app.log') },
          { family: 'session', pattern: join(base, 'gone.log') },
        ]),
      }),
    );
    const own = listing.files.filter(({ origin }) => origin === 'config');
    expect(own.map(({ path, family, closed }) => [path.replace(`${base}/`, ''), family, closed])).toEqual([
      ['app.000001.log', 'journal', true],
      ['app.000002.log.gz', 'journal', true],
      ['app.log', 'journal', false],
      ['gone.000001.log', 'session', true],
    ]);
    expect(listing.files).toHaveLength(5);
    expect(listing.segmentsUnread).toEqual([]);
  });

  test('a pattern may match nothing yet; a path that does not exist is an error', async () => {
    const base = home();
    const lake = home('session.jsonl');
    expect(
      (await listSources(scope({ lake, config: config(base, [{ family: 'journal', pattern: join(base, '*.log') }]) })))
        .files,
    ).toHaveLength(1);
    await expect(
      listSources(scope({ lake, config: config(base, [{ family: 'journal', pattern: join(base, 'app.log') }]) })),
    ).rejects.toMatchObject({ code: 'input', hint: expect.stringContaining('sources.journal') });
  });

  test('need no lake', async () => {
    const base = home('app.log');
    expect(
      namesOf(
        await listSources(scope({ config: config(base, [{ family: 'journal', pattern: join(base, 'app.log') }]) })),
        base,
      ),
    ).toEqual(['app.log']);
  });

  test('a folder is walked', async () => {
    const base = home('logs/a.jsonl', 'logs/deep/b.jsonl', 'logs/c.txt');
    expect(
      namesOf(
        await listSources(scope({ config: config(base, [{ family: 'journal', pattern: join(base, 'logs') }]) })),
        base,
      ),
    ).toEqual(['logs/a.jsonl', 'logs/deep/b.jsonl']);
  });

  test('a pattern works where the folder of the config looks like one itself', async () => {
    const base = home('x[1]/a.log', 'x1/b.log');
    const listing = await listSources(
      scope({ config: config(join(base, 'x[1]'), [{ family: 'journal', pattern: join(base, 'x[1]', '*.log') }]) }),
    );
    expect(namesOf(listing, base)).toEqual(['x[1]/a.log']);
  });
});

describe('a segment beside its packed copy', () => {
  const names = ['session.000001.jsonl', 'session.000001.jsonl.gz', 'session.000001.jsonl.zst', 'session.jsonl'];
  const read = ['session.000001.jsonl', 'session.jsonl'];

  test('is listed once, plain, and the others are named, in a lake, a folder and among files', async () => {
    const lake = home(...names);
    const folder = home(...names.map((name) => join('logs', name.replace('session', 'agent'))));
    const scopes: [Scope, string, string][] = [
      [scope({ lake }), lake, 'session'],
      [scope({ paths: [folder] }), join(folder, 'logs'), 'agent'],
      [scope({ paths: names.map((name) => join(lake, name)) }), lake, 'session'],
    ];
    for (const [asked, base, stem] of scopes) {
      const listing = await listSources(asked);
      const at = (name: string) => join(base, name.replace('session', stem));
      expect(listing.files.map(({ path }) => path)).toEqual(read.map(at));
      expect(listing.copiesUnread).toEqual([
        { path: at(names[1]!), readInstead: at(names[0]!) },
        { path: at(names[2]!), readInstead: at(names[0]!) },
      ]);
    }
  });

  test('that was not asked for is no unread segment', async () => {
    const lake = home(...names);
    const { segmentsUnread } = await listSources(scope({ paths: [join(lake, names[0]!), join(lake, names[3]!)] }));
    expect(segmentsUnread).toEqual([]);
  });

  test('two files that only share a stem are two logs', async () => {
    const folder = home('a.jsonl', 'a.jsonl.gz');
    expect((await listSources(scope({ paths: [folder] }))).files).toHaveLength(2);
  });
});

test('no file at all when only statements are planned', async () => {
  expect(await listSources(scope({ nothing: true, paths: ['missing'] }))).toEqual({
    files: [],
    lakes: [],
    unreadInLake: [],
    segmentsUnread: [],
    copiesUnread: [],
    notLogs: [],
    nothingIn: [],
    unreadable: [],
  });
});

test('lenient: what is there is listed, what is missing is named; nothing at all is an error still', async () => {
  const there = join(home('there.jsonl'), 'there.jsonl');
  const listing = await listSources(scope({ paths: [there, 'missing.jsonl'], lenient: true }));
  expect(listing.files.map((file) => file.path)).toEqual([there]);
  expect(listing.unreadable.map((error) => error.message)).toEqual(['no such file or folder: missing.jsonl']);
  await expect(listSources(scope({ paths: ['missing.jsonl'], lenient: true }))).rejects.toThrow(/no such file/);
});

test('lenient: what stands behind an unreadable file of a folder or a lake is listed all the same; strictly the first one ends it', async () => {
  const logs = home('b.jsonl', 'd.jsonl');
  symlinkSync('gone.jsonl', join(logs, 'a.jsonl'));
  symlinkSync('c.jsonl', join(logs, 'c.jsonl'));
  const lake = home('session.jsonl', 'observer.jsonl/x');
  const found = await listSources(scope({ paths: [logs, lake], lenient: true }));
  expect(found.files.map(({ path }) => path)).toEqual([
    join(logs, 'b.jsonl'),
    join(logs, 'd.jsonl'),
    join(lake, 'session.jsonl'),
  ]);
  expect(found.unreadable.map((error) => error.message)).toEqual([
    `no such file or folder: ${join(logs, 'a.jsonl')}`,
    `cannot read ${join(logs, 'c.jsonl')}: too many symbolic links (ELOOP)`,
    `cannot read ${join(lake, 'observer.jsonl')}: is a directory (EISDIR)`,
  ]);
  await expect(listSources(scope({ paths: [logs] }))).rejects.toThrow(/a\.jsonl/);
  await expect(listSources(scope({ lake }))).rejects.toThrow(/observer\.jsonl: is a directory/);
});
