// Real logs of agents, which talk about keys and tokens all day: next to nothing of them is a secret, and what is left still reads.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { countKeyShapes, redactRecord, redactText } from '../../src/redact/index.ts';

const samples = process.env.LAKEOBS_SAMPLES;

describe.skipIf(samples === undefined)('samples (set LAKEOBS_SAMPLES to run)', () => {
  test.each(['claude-code', 'codex', 'ndjson'])('%s', (folder) => {
    const root = join(samples as string, folder);
    let records = 0;
    let changed = 0;
    for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
      if (!/\.(?:jsonl|log)$/.test(name)) continue;
      for (const line of readFileSync(join(root, name), 'utf8').split('\n')) {
        const record = objectOf(line);
        if (record === undefined) continue;
        records += 1;
        const redacted = redactRecord(record);
        if (redacted !== record) changed += 1;
        expect(Object.keys(redacted)).toEqual(Object.keys(record));
        expect(redactRecord(redacted)).toBe(redacted);
        const asText = redactText(line);
        expect(objectOf(asText)).toBeDefined();
        expect(countKeyShapes(asText)).toEqual(countKeyShapes(''));
      }
    }
    expect(records).toBeGreaterThan(100);
    expect(changed / records).toBeLessThan(0.05);
  });
});

function objectOf(line: string): Record<string, never> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, never>)
      : undefined;
  } catch {
    return undefined;
  }
}
