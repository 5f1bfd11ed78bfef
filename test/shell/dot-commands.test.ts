import { expect, test } from 'vitest';
import { dotCommands, helpText, isDotCommand, parseDotCommand } from '../../src/shell/dot-commands.ts';

test('a command is a dot and a name; quit, exit and help do without the dot', () => {
  for (const line of ['.help', '  .mode csv', '. tables', 'quit', 'EXIT;', 'help ;'])
    expect(isDotCommand(line)).toBe(true);
  for (const line of ['select .5', '.5', 'quit now', 'helpful', '']) expect(isDotCommand(line)).toBe(false);
});

test('its words stand apart by blanks, or in quotes', () => {
  expect(parseDotCommand('.query first-shot n=3;')).toEqual({ name: 'query', words: ['first-shot', 'n=3'] });
  expect(parseDotCommand(`.query x model="a b" 'c  d'`)).toEqual({ name: 'query', words: ['x', 'model=a b', 'c  d'] });
  expect(parseDotCommand('.exit')).toEqual({ name: 'quit', words: [] });
  expect(parseDotCommand('.TABLES')).toEqual({ name: 'tables', words: [] });
});

test('an unknown one names the nearest, one without arguments says so', () => {
  expect(() => parseDotCommand('.tabels')).toThrow('there is no command .tabels. Did you mean tables?');
  expect(() => parseDotCommand('.tables x')).toThrow('.tables takes no arguments');
});

test('help has a line for each, and fits a terminal of 80 columns', () => {
  for (const line of helpText().split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  for (const { name, doc } of dotCommands)
    expect(helpText()).toMatch(new RegExp(`^\\.${name} .*${doc.slice(0, 10)}`, 'm'));
});
