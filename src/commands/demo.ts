// `lakeobs demo`: the whole tour on generated data. Records go through the shared writer into a new lake; two queries and the alarm run over it exactly as the
// commands would run them; what is shown is explained. Exit 0 when the planted answer was found, else 2.
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { noConfig } from '../catalog/config.ts';
import { type DemoRecords, demoRecords } from '../demo/generate.ts';
import { EXIT, LakeobsError, reasonOf } from '../errors.ts';
import { chooseChecks, runChecks } from '../gate/check.ts';
import { demoSessions } from '../limits.ts';
import { listQueries, loadQuery } from '../query/load.ts';
import { bindParams } from '../query/params.ts';
import { type RunOptions, withRun } from '../query/run.ts';
import { openLog } from '../recorders/open-log.ts';
import { count } from '../render/figures.ts';
import { formats } from '../render/formats.ts';
import { paintOf } from '../render/paint.ts';
import { renderVerdict } from '../render/verdict.ts';
import { families } from '../schema/families.ts';
import type { FamilyName } from '../schema/family.ts';
import { version } from '../version.ts';
import type { GlobalOptions } from './global-options.ts';
import { type Io, wantsColor } from './io.ts';
import { wholeNumber } from './options.ts';

export interface DemoCommandOptions extends GlobalOptions {
  dir?: string;
  seed: string;
}

export async function runDemo(options: DemoCommandOptions, io: Io): Promise<number> {
  const seed = wholeNumber('--seed', options.seed, 0);
  const lake = lakeFolder(options.dir, io);
  const color = wantsColor(io, options.color);
  const { bold, dim } = paintOf(color);
  const records = demoRecords({ seed, sessions: demoSessions, now: io.now() });
  const written = await writeLake(lake, records);
  const roster = join(lake, 'roster.csv');
  writeFileSync(roster, `worker_id\n${records.roster.join('\n')}\n`);
  const run: RunOptions = { scope: { paths: [], lake, config: noConfig, cwd: io.cwd }, signal: io.signal };
  const say = (text: string) => io.stdout(`${text}\n`);

  await say(
    `${bold('A lake of ten days')}: ${families.map(({ name }) => `${count(written[name])} ${name}`).join(', ')} records, made from seed ${seed}, in`,
  );
  await say(`  ${lake}\n`);
  await say(bold('How often does the first answer hold?') + dim('  lakeobs query first-shot'));
  await printQuery('first-shot', 10, run, io, color);
  await say(
    `\n${bold('Where does the validator say no again and again?')}${dim('  lakeobs query repeated-rejections')}`,
  );
  await printQuery('repeated-rejections', 5, run, io, color);
  await say(`\n${bold('Was an answer accepted that names workers who do not exist?')}${dim('  lakeobs check alarm')}`);
  const verdict = await runChecks(chooseChecks(listQueries([]), { names: ['alarm'], tags: [], exclude: [] }), {
    ...run,
    failOn: 'error',
    allowEmpty: false,
    allowDamage: false,
    require: [],
    params: {},
    named: true,
    version: version(),
    startedAt: io.now(),
  });
  await io.stdout(renderVerdict(verdict, 'table', { width: io.width, color, scope: ['--lake', lake] }));
  const alarm = verdict.checks[0]!;
  const at = alarm.columns.findIndex(({ name }) => name === 'session_id');
  const found = verdict.verdict === 'fail' && alarm.findings === 1 && alarm.rows[0]?.[at] === records.planted.sessionId;
  if (!found) {
    io.stderr(
      `lakeobs: the planted session ${records.planted.sessionId} was not what the alarm found; please report this\n`,
    );
    return EXIT.failed;
  }
  const lakeobs = io.env.npm_command === 'exec' ? 'npx lakeobs' : 'lakeobs';
  await say(`
${bold('What you saw')}
  One accepted fill names ${records.planted.workerId}, and no such worker is in the roster: session ${records.planted.sessionId}.
  That alarm must always be empty. lakeobs check alarm exits 1 for it, and a CI step that runs it fails.
  It exits 0 only when it is empty and accepted fills were really judged, and 2 when nothing could be judged.
  This demo planted the fill and the alarm found it, so the demo itself exits 0.

${bold('Type next')}
  ${lakeobs} check --lake ${lake} --roster ${roster}    ${dim('every check: who is in no roster, and spans left open by three planted crashes')}
  ${lakeobs} query --lake ${lake}
  ${lakeobs} query retries --lake ${lake}
  ${lakeobs} sql "SELECT model, count(*) FROM sessions GROUP BY model ORDER BY model" --lake ${lake}
  ${lakeobs} init    ${dim('a lake of your own, here')}
  rm -r ${lake}    ${dim('when you are done')}`);
  return EXIT.fine;
}

function lakeFolder(dir: string | undefined, io: Io): string {
  try {
    if (dir === undefined) return mkdtempSync(join(tmpdir(), 'lakeobs-demo-'));
    const folder = resolve(io.cwd, dir);
    mkdirSync(folder, { recursive: true });
    if (readdirSync(folder).length > 0)
      throw new LakeobsError('usage', `${folder} is not empty`, {
        hint: 'Name a new folder with --dir.',
        path: folder,
      });
    return folder;
  } catch (error) {
    if (error instanceof LakeobsError) throw error;
    throw new LakeobsError('io', `cannot make the demo's lake: ${reasonOf(error)}`, {
      hint: 'Name a folder with --dir.',
      cause: error,
    });
  }
}

async function writeLake(lake: string, records: DemoRecords): Promise<Record<FamilyName, number>> {
  const written: Record<FamilyName, number> = { session: 0, observer: 0, journal: 0, replay: 0 };
  for (const { name, file } of families) {
    const log = openLog({ path: join(lake, file), family: name, mode: 'buffered', strict: true });
    for (const record of records[name]) log.append(record);
    await log.close();
    written[name] = log.stats().written;
  }
  return written;
}

async function printQuery(name: string, limit: number, run: RunOptions, io: Io, color: boolean): Promise<void> {
  const query = loadQuery(name, listQueries([]));
  await withRun([{ sql: query.sql, params: bindParams(query, {}) }], run, async (open) => {
    const { columns, chunks } = await open.stream(0);
    const writer = formats.table.start(columns, { width: io.width, color });
    let shown = 0;
    let more = 0;
    for await (const chunk of chunks) {
      const part = chunk.slice(0, Math.max(0, limit - shown));
      shown += part.length;
      more += chunk.length - part.length;
      await io.stdout(writer.rows(part));
    }
    await io.stdout(writer.end({ rowsMore: more }));
  });
}
