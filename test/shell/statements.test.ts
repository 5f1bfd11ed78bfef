import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { onOneLine, splitStatements } from '../../src/shell/statements.ts';

describe('a statement ends', () => {
  test.each([
    ['at its semicolon', 'SELECT 1; SELECT 2 ;rest', ['SELECT 1', 'SELECT 2'], 'rest'],
    ['not in a text', "SELECT ';'; SELECT 'it''s; fine';", ["SELECT ';'", "SELECT 'it''s; fine'"], ''],
    ['not in a text with backslashes', "SELECT E'a\\'; b'; x", ["SELECT E'a\\'; b'"], 'x'],
    ['at once where a text only ends in a backslash', "SELECT 'a\\'; b'", ["SELECT 'a\\'"], "b'"],
    ['not in a name', 'SELECT 1 AS "a;""b;";', ['SELECT 1 AS "a;""b;"'], ''],
    ['not in a dollar-quoted text', 'SELECT $$;$$, $q$ ; $$ $q$;', ['SELECT $$;$$, $q$ ; $$ $q$'], ''],
    ['behind a parameter', 'SELECT $1; SELECT $name;', ['SELECT $1', 'SELECT $name'], ''],
    [
      'not in a comment',
      'SELECT 1 -- no; not here\n; /* nor; /* here; */ ; */ SELECT 2;',
      ['SELECT 1 -- no; not here', '/* nor; /* here; */ ; */ SELECT 2'],
      '',
    ],
    ['never where there is none', ';; -- only\n ; /* comments */ ;', [], ''],
  ] as const)('%s', (_name, text, statements, rest) => {
    expect(splitStatements(text)).toEqual({ statements: [...statements], rest });
  });

  test('not yet: what is open waits for more', () => {
    for (const open of ["SELECT ';", 'SELECT ";', 'SELECT $$;', 'SELECT /* ;', 'SELECT 1', "SELECT E'\\';"])
      expect(splitStatements(open)).toEqual({ statements: [], rest: open });
    for (const open of ['/* two', '/* two\n; /* lines */ ;'])
      expect(splitStatements(open)).toEqual({ statements: [], rest: open });
    expect(splitStatements('  -- nothing yet')).toEqual({ statements: [], rest: '' });
    expect(splitStatements('/* two\nlines */ -- /*')).toEqual({ statements: [], rest: '' });
  });
});

const piece = fc.constantFrom(
  "'a;b'",
  "E'\\';'",
  '"x;"',
  '$$;$$',
  '$t$ ; $$ $t$',
  '/* ; /* ; */ */',
  '/* ;\n; */',
  '-- ;\n',
  'word',
  '$1',
  '+',
  'é',
);
const statement = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => `SELECT ${pieces.join(' ')} END`);

test('statements joined by semicolons come apart as they were, in whatever lines they are typed', () => {
  fc.assert(
    fc.property(fc.array(statement, { maxLength: 5 }), fc.boolean(), (all, lines) => {
      const text = all.map((one) => `${one};`).join(lines ? '\n' : ' ');
      const trimmed = all.map((one) => one.trim());
      expect(splitStatements(text)).toEqual({ statements: trimmed, rest: '' });
      // As the shell does: line by line, what is left is put before the next.
      const found: string[] = [];
      let rest = '';
      for (const line of text.split('\n')) {
        const split = splitStatements(rest === '' ? line : `${rest}\n${line}`);
        found.push(...split.statements);
        rest = split.rest;
      }
      expect(found).toEqual(trimmed);
    }),
  );
});

test('any text keeps every character that is not white space or a semicolon between statements', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...`ab '";-/*$\\\n`) }), (text) => {
      const { statements, rest } = splitStatements(text);
      for (const found of [...statements, rest]) expect(text).toContain(found);
    }),
  );
});

describe('for the history a statement is on one line', () => {
  test('with its comments closed', () => {
    expect(onOneLine("SELECT 1, -- one\n   'a  b' /* two */\nFROM  x -- end")).toBe(
      "SELECT 1, /* one */ 'a  b' /* two */ FROM  x /* end */",
    );
  });

  test('unless a text in it has several', () => {
    for (const kept of ["SELECT 'a\nb'", 'SELECT 1 -- */ odd\n, 2', 'SELECT /* a\nb */ 1'])
      expect(onOneLine(kept)).toBe(kept);
  });
});
