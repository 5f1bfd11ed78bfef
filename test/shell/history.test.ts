import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openHistory } from '../../src/shell/history.ts';
import { testFolder } from '../whole/records.ts';

const folder = testFolder();
const place = () => join(folder.path(), 'state', 'lakeobs');
const file = () => join(place(), 'shell_history');
const silent = (message: string) => expect.unreachable(message);

test('what was typed is there for the next shell, each once where it was last used', () => {
  const first = openHistory(place(), silent);
  for (const text of ['a;', "b\n'c';", 'a;']) first.add(text);
  expect(first.entries()).toEqual(["b\n'c';", 'a;']);
  expect(openHistory(place(), silent).entries()).toEqual(["b\n'c';", 'a;']);
});

test('only its owner reads it, also one that others could', () => {
  openHistory(place(), silent).add('secret;');
  expect(statSync(place()).mode & 0o777).toBe(0o700);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  chmodSync(file(), 0o644);
  openHistory(place(), silent);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
});

test('what begins with a blank, or is very long, is not written', () => {
  const history = openHistory(place(), silent);
  history.add(' secret;');
  history.add('x'.repeat(70_000));
  history.add('kept;');
  expect(history.entries()).toHaveLength(3);
  expect(openHistory(place(), silent).entries()).toEqual(['kept;']);
});

test('two shells lose nothing of each other, also when one cuts the file down', () => {
  const [one, two] = [openHistory(place(), silent), openHistory(place(), silent)];
  one.add('one;');
  two.add('two;');
  for (let at = 0; at < 2_100; at++) one.add(`many ${at % 1_050};`);
  two.add('last;');
  const third = openHistory(place(), silent);
  expect(third.entries()).toHaveLength(1_000);
  expect(third.entries().at(-1)).toBe('last;');
  expect(readFileSync(file(), 'utf8').split('\n')).toHaveLength(1_001);
  two.add('after;');
  expect(openHistory(place(), silent).entries().at(-1)).toBe('after;');
  expect(readdirSync(place())).toEqual(['shell_history']);
});

test('lines that are no entry are passed over', () => {
  mkdirSync(place(), { recursive: true });
  writeFileSync(file(), '"good;"\n{"a":1}\nhalf"\n""\n"torn');
  expect(openHistory(place(), silent).entries()).toEqual(['good;']);
});

test('a folder that cannot be written is told once and loses only the next shell', () => {
  const blocked = folder.write('blocked', '');
  const said: string[] = [];
  const history = openHistory(join(blocked, 'lakeobs'), (message) => said.push(message));
  history.add('a;');
  expect(history.entries()).toEqual(['a;']);
  expect(said).toEqual([expect.stringMatching(/^the history is not kept: .*shell_history: /)]);
});
