// The examples in the docs are programs: each is run, and prints what the page says it prints.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { keyShapes } from '../../src/redact/index.ts';
import { families } from '../../src/schema/index.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const examples = ['docs/recorders.md', 'docs/redaction.md'].flatMap((page) =>
  [...readFileSync(join(root, page), 'utf8').matchAll(/```ts\n(.*?)```\n\n```text\n(.*?)```/gs)].map(
    ([, program, output], index) => ({
      name: `${page} ${index + 1}`,
      program: program as string,
      output: output as string,
    }),
  ),
);

test('every program of the pages has its output beside it', () => {
  const programs = ['docs/recorders.md', 'docs/redaction.md'].map(
    (page) => readFileSync(join(root, page), 'utf8').split('```ts\n').length - 1,
  );
  expect(programs).toEqual([5, 1]);
  expect(examples).toHaveLength(6);
});

test.each(examples)('$name prints what the page says', async ({ program, output }) => {
  const folder = mkdtempSync(join(tmpdir(), 'lakeobs-docs-'));
  try {
    const file = join(folder, 'program.mjs');
    await build({
      stdin: { contents: program, loader: 'ts', resolveDir: root },
      outfile: file,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      alias: { 'lakeobs/writer': join(root, 'src/writer.ts') },
      logLevel: 'silent',
    });
    const env = { ...process.env, SESSION_LOG: 'lake/session.jsonl', NO_COLOR: '1' };
    expect(execFileSync(process.execPath, [file], { cwd: folder, encoding: 'utf8', env })).toBe(output);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('the page on redaction names the structural fields of every family and every issuer', () => {
  const page = readFileSync(join(root, 'docs/redaction.md'), 'utf8');
  for (const family of families) expect(page).toContain(`| ${family.name} | ${family.structural.join(', ')} |`);
  const words: Partial<Record<string, string>> = { jwt: 'JSON Web Token', huggingface: 'Hugging Face' };
  for (const shape of keyShapes) expect(page.toLowerCase()).toContain((words[shape] ?? shape).toLowerCase());
});
