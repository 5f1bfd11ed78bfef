import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { columnsOf, field, snakeCase } from '../../src/schema/columns.ts';
import { families } from '../../src/schema/families.ts';

describe('columnsOf', () => {
  test('derives wire name, SQL name, kind and need from the schema, in its order', () => {
    const record = z.looseObject({
      spanId: field(z.string(), 'An id.'),
      iterations: field(z.int(), 'A whole number.'),
      durationMs: field(z.optional(z.number()), 'A number.'),
      ok: field(z.nullable(z.boolean()), 'A flag.'),
      at: field(z.string(), 'A time.', { kind: 'time' }),
      list: field(z.optional(z.array(z.string())), 'A list.'),
      map: field(z.optional(z.record(z.string(), z.string())), 'A map.', { wide: true }),
      nested: field(z.looseObject({}), 'An object.'),
      level: field(z.enum(['a', 'b']), 'A choice.'),
    });
    expect(columnsOf(record)).toEqual([
      { wire: 'spanId', name: 'span_id', kind: 'text', required: true, wide: false, doc: 'An id.' },
      { wire: 'iterations', name: 'iterations', kind: 'integer', required: true, wide: false, doc: 'A whole number.' },
      { wire: 'durationMs', name: 'duration_ms', kind: 'number', required: false, wide: false, doc: 'A number.' },
      { wire: 'ok', name: 'ok', kind: 'boolean', required: true, wide: false, doc: 'A flag.' },
      { wire: 'at', name: 'at', kind: 'time', required: true, wide: false, doc: 'A time.' },
      { wire: 'list', name: 'list', kind: 'json', shape: 'list', required: false, wide: false, doc: 'A list.' },
      { wire: 'map', name: 'map', kind: 'json', shape: 'object', required: false, wide: true, doc: 'A map.' },
      { wire: 'nested', name: 'nested', kind: 'json', shape: 'object', required: true, wide: false, doc: 'An object.' },
      { wire: 'level', name: 'level', kind: 'text', required: true, wide: false, doc: 'A choice.' },
    ]);
  });

  test('a field without words is refused', () => {
    expect(() => columnsOf(z.looseObject({ plain: z.string() }))).toThrow(/plain/);
  });

  test.each(families.map((family) => [family.name, family] as const))(
    'family %s: SQL names are unique and every field has words',
    (_name, family) => {
      const names = family.columns.map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
      for (const column of family.columns) {
        expect(column.name).toMatch(/^[a-z][a-z0-9_]*$/);
        expect(column.doc).toMatch(/\.$/);
      }
    },
  );

  test.each([
    ['durationMs', 'duration_ms'],
    ['session_id', 'session_id'],
    ['parentSpanId', 'parent_span_id'],
    ['kind', 'kind'],
  ])('%s becomes %s', (wire, name) => {
    expect(snakeCase(wire)).toBe(name);
  });
});

describe('wire order and kinds', () => {
  const wires = (name: string) => families.find((family) => family.name === name)?.columns.map(({ wire }) => wire);

  test('a session has its fields in the order other writers use', () => {
    expect(wires('session')).toEqual([
      'schema',
      'session_id',
      'timestamp',
      'daemon',
      'kind',
      'model',
      'provider',
      'prompt',
      'iterations',
      'max_iterations',
      'final_verdict',
      'attempts',
      'artifact',
      'grounded_in_roster',
      'duration_ms',
    ]);
  });

  test('an op, a journal line and a replay too', () => {
    expect(wires('observer')).toEqual([
      'timestamp',
      'endpoint',
      'source',
      'success',
      'duration_ms',
      'input_summary',
      'output_summary',
      'error',
      'event_kind',
      'staffer_id',
      'role',
      'sig_hash',
      'city',
      'state',
      'count',
      'rescue_attempted',
      'rescue_succeeded',
      'task_class',
      'session_id',
    ]);
    expect(wires('journal')).toEqual([
      'kind',
      'extensionId',
      'timestamp',
      'conversationId',
      'turnId',
      'spanId',
      'parentSpanId',
      'level',
      'msg',
      'name',
      'durationMs',
      'status',
      'attributes',
      'links',
      'body',
    ]);
    expect(wires('replay')).toEqual([
      'schema',
      'session_id',
      'timestamp',
      'task_id',
      'model',
      'retrieved',
      'output',
      'score',
      'duration_ms',
    ]);
  });

  test('what must survive as written is text; times and numbers are cast', () => {
    const kinds = Object.fromEntries(
      families.flatMap((family) => family.columns.map(({ wire, kind }) => [`${family.name}.${wire}`, kind])),
    );
    expect(kinds).toMatchObject({
      'session.grounded_in_roster': 'text',
      'session.timestamp': 'time',
      'session.iterations': 'integer',
      'session.attempts': 'json',
      'session.artifact': 'json',
      'session.duration_ms': 'number',
      'observer.timestamp': 'time',
      'observer.success': 'boolean',
      'journal.timestamp': 'epoch-ms',
      'journal.durationMs': 'number',
      'replay.output': 'text',
      'replay.retrieved': 'json',
    });
  });
});
