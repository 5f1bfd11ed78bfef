// The texts `lakeobs init` writes. lakeobs.json is strict JSON and cannot hold comments, so the words about it stand in the lake's README;
// SQL and YAML carry their own. Pure: names and texts, nothing is written here.
import { families } from '../schema/families.ts';
import type { FamilyName } from '../schema/family.ts';

export interface InitFile {
  /** Relative to the folder `init` works in, with forward slashes. */
  path: string;
  text: string;
}

/** Everything a fresh start consists of. No file lies outside what init owns: the ignore rules live in the lake, the workflow is inert until renamed. */
export function initFiles(): InitFile[] {
  return [
    { path: 'lakeobs.json', text: configText },
    { path: 'lake/README.md', text: lakeReadme() },
    { path: 'lake/.gitignore', text: lakeIgnore },
    { path: 'queries/accepted-per-day.sql', text: queryTemplate('accepted-per-day', 'query') },
    { path: '.github/workflows/lakeobs.yml.example', text: workflowText },
  ];
}

/** A commented query or check of that name that runs as it is: the start for an own one. */
export function queryTemplate(name: string, kind: 'query' | 'check', family: FamilyName = 'session'): string {
  const start = starts[family];
  return kind === 'query' ? plainQuery(name, family, start) : check(name, family, start);
}

const configText = `${JSON.stringify({ lake: 'lake', queries: ['queries'] }, null, 2)}\n`;

const lakeIgnore = `# Logs hold prompts and answers: they stay out of version control. Delete this file to commit them on purpose.
*
!.gitignore
!README.md
`;

function lakeReadme(): string {
  const files = families.map((family) => `- \`${family.file}\`: ${lowerFirst(family.doc)}`).join('\n');
  return `# The lake

lakeobs writes logs into this folder and reads them from it. One file per family, one JSON object per line:

${files}

A full file becomes \`<family>.000001.jsonl\` and so on; those may be compressed (.gz, .zst). \`quarantine/\` keeps lines that were
no records. \`.lakeobs/\` is derived and can be deleted at any time; the .jsonl files are the truth and are never changed by reading.

## Write

    npx lakeobs append session '{"kind":"fill","model":"m","provider":"p","prompt":"…","iterations":1,"max_iterations":3,"final_verdict":"accepted","duration_ms":812}'
    npx lakeobs ingest old-logs/ --family session
    npx lakeobs schema session

The last prints every field. From TypeScript: \`import { SessionLogger } from 'lakeobs/writer'\`. Any other program may append lines itself.

## Ask

    npx lakeobs query
    npx lakeobs query first-shot
    npx lakeobs check
    npx lakeobs sql "SELECT model, count(*) FROM sessions GROUP BY ALL ORDER BY ALL"

\`check\` exits 0 when it passed, 1 with findings, 2 when it could not judge.

## lakeobs.json

It is strict JSON without comments, so they stand here. Paths are relative to that file.

| key | meaning |
| --- | --- |
| \`lake\` | this folder |
| \`sources\` | logs that lie elsewhere, by family: \`{"session": ["/var/log/agents/*.jsonl"]}\` |
| \`queries\` | folders with your own .sql files |
| \`checks\` | settings of single checks: \`{"alarm": {"error_if": "> 3"}}\` |
| \`baseline\` | a file of accepted findings, made by \`lakeobs check --baseline FILE --update-baseline\` |

\`npx lakeobs schema config\` prints its JSON Schema for editors.
`;
}

const workflowText = `# Rename to lakeobs.yml to let GitHub run it: it fails when an accepted answer names somebody who does not exist.
name: lakeobs
on: [push, pull_request]

permissions:
  contents: read

jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with:
          node-version: 22
      - run: npm ci

      # Whatever runs your agents and fills the lake goes here.
      - run: npm test

      # Exit 0 passed, 1 findings, 2 could not be judged. --require: a run without any session must not pass in silence.
      - run: npx lakeobs check --require session --output check.md --output check.json

      - if: always()
        run: if [ -f check.md ]; then cat check.md >> "$GITHUB_STEP_SUMMARY"; fi
      - if: always()
        uses: actions/upload-artifact@v4
        with:
          name: lakeobs-check
          path: check.json
          if-no-files-found: ignore
`;

/** What a template asks of a family: rows worth counting, and rows worth an alarm. */
interface Start {
  view: string;
  /** Column to count by, and a condition on the rows counted. */
  group: string;
  where: string;
  /** Columns that tell which row it is; the first ones make a total order. */
  key: readonly string[];
  /** A condition that should never hold, with one parameter; rows it can be said of; the column it is about, unless that is in the key. */
  alarm: { where: string; param: string; says: string; judged: string; shown?: string };
}

const starts: Record<FamilyName, Start> = {
  session: {
    view: 'sessions',
    group: 'model',
    where: "final_verdict = 'accepted'",
    key: ['session_id', 'daemon', 'ts', 'model'],
    alarm: {
      where: 'duration_ms > $limit_ms',
      param: 'limit_ms float = 60000',
      says: 'Sessions that took longer than allowed',
      judged: 'duration_ms IS NOT NULL',
      shown: 'duration_ms',
    },
  },
  observer: {
    view: 'ops',
    group: 'endpoint',
    where: 'success',
    key: ['ts', 'endpoint', 'source', 'error'],
    alarm: {
      where: 'duration_ms > $limit_ms',
      param: 'limit_ms float = 10000',
      says: 'Operations that took longer than allowed',
      judged: 'duration_ms IS NOT NULL',
      shown: 'duration_ms',
    },
  },
  journal: {
    view: 'logs',
    group: 'extension_id',
    where: "level = 'warn'",
    key: ['ts', 'extension_id', 'turn_id', 'msg'],
    alarm: {
      where: 'level = $level',
      param: 'level text = error',
      says: 'Log lines of a level nobody wants to see',
      judged: 'level IS NOT NULL',
      shown: 'level',
    },
  },
  replay: {
    view: 'replays',
    group: 'model',
    where: 'score >= 0.5',
    key: ['session_id', 'task_id', 'ts', 'score'],
    alarm: {
      where: 'score < $least',
      param: 'least float = 0.2',
      says: 'Replays with a score below what is allowed',
      judged: 'score IS NOT NULL',
    },
  },
};

function plainQuery(name: string, family: FamilyName, { view, group, where }: Start): string {
  return `-- title: ${titleOf(name)}
-- description: Rows of ${view} where ${where}, per day and ${group}.
-- family: ${family}
-- kind: query
-- param: least int = 1
-- columns: day, ${group}, n

-- The lines above are the header: lakeobs reads them, so keep them unbroken. From here on a comment is a comment.
-- Run it:        lakeobs query ./queries/${name}.sql
-- A parameter:   lakeobs query ./queries/${name}.sql -p least=10      ($least is bound as a value, never pasted into the text)
-- The columns:   lakeobs sql "DESCRIBE ${view}"
-- An ORDER BY that leaves nothing open gives the same output every time.
SELECT
  CAST(date_trunc('day', ts) AS DATE) AS day,
  ${group},
  count(*) AS n
FROM ${view}
WHERE ${where}
GROUP BY 1, 2
HAVING count(*) >= $least
ORDER BY 1, 2
`;
}

function check(name: string, family: FamilyName, { view, key, alarm }: Start): string {
  const columns = [...key, ...(alarm.shown === undefined ? [] : [alarm.shown]), 'source_file'];
  return `-- title: ${titleOf(name)}
-- description: ${alarm.says}.
-- family: ${family}
-- kind: check
-- severity: error
-- error_if: != 0
-- population: SELECT count(*) FROM ${view} WHERE ${alarm.judged}
-- param: ${alarm.param}
-- identity: ${key.filter((column) => column !== 'ts' && column !== 'score').join(', ')}
-- columns: ${columns.join(', ')}
-- tags: own

-- The lines above are the header: lakeobs reads them, so keep them unbroken. From here on a comment is a comment.
-- Every row this statement gives is a finding. The population counts the rows it could have complained about; 0 is inconclusive, not a pass.
-- The identity is what makes a finding the same finding in the next run; source_file lets CI show its file and line.
-- With severity warn, findings do not fail the run; with error_if > 10, ten of them still pass.
-- Is it valid:   lakeobs check --dry-run ./queries/${name}.sql
-- Try it:        lakeobs check ./queries/${name}.sql
-- By name, and in every lakeobs check: once its folder stands in "queries" of lakeobs.json
-- The columns:   lakeobs sql "DESCRIBE ${view}"
SELECT ${columns.join(', ')}
FROM ${view}
WHERE ${alarm.where}
ORDER BY ${columns.map((_, index) => index + 1).join(', ')}
`;
}

function titleOf(name: string): string {
  const words = name.replaceAll(/[-_]+/g, ' ').trim();
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
