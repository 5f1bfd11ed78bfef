// The built command line answers bundled queries by plans made at build time; the library, run from the sources, plans each statement anew. Same rows.
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openLake } from '../../src/lake.ts';
import { listQueries } from '../../src/query/load.ts';
import { renderTable } from '../../src/render/formats.ts';
import { lakeobs } from '../cli.ts';

const fixtures = fileURLToPath(new URL('../../fixtures', import.meta.url));
const paths = ['session', 'observer', 'journal', 'replay'].map((family) => `${fixtures}/${family}/`);

const roster = `${fixtures}/session/roster/roster.csv`;

describe('a planned query', () => {
  const lake = openLake({ paths, config: null, roster });

  it.each([...listQueries([]).files.keys()])('%s gives the rows it gives unplanned', async (name) => {
    const answer = await lake.query(name);
    const { code, stdout, stderr } = await lakeobs([
      'query',
      name,
      ...paths,
      '--roster',
      roster,
      '--quiet',
      '--format',
      'jsonl',
    ]);
    expect(stdout).toBe(renderTable(answer, 'jsonl'));
    expect(code, stderr).toBe(0);
  });
});
