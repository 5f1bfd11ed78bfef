// Runs the built command line over a log, once per reading verb, and keeps what V8 made of it beside the bundle; without such a file bin/lakeobs.js compiles
// as ever. Usage: node scripts/compiled-form.cjs LOG
const { writeFileSync } = require('node:fs');
const { join } = require('node:path');

const root = join(__dirname, '..');
const [node, , log] = process.argv;
const bin = join(root, 'bin', 'lakeobs.js');
const runs = [
  ['query', 'alarm', log],
  ['check', 'alarm', log],
  ['sql', 'SELECT count(*) FROM sessions', log],
];
const { exit } = process;
// A verb ends the process: here the next one begins instead.
process.exit = () => {
  const args = runs.shift();
  if (args !== undefined) {
    process.argv = [node, bin, ...args];
    require(bin).run();
    return;
  }
  const { script } = require(bin);
  writeFileSync(
    join(root, 'dist', 'cli', `start.js.${process.versions.v8}-${process.arch}.cache`),
    script.createCachedData(),
  );
  exit(0);
};
// As if supervised (src/commands/supervised.ts): every verb runs here, and hands its exit code up.
process.env.LAKEOBS_SUPERVISOR = String(process.ppid);
process.connected = true;
process.send = () => process.exit();
// Node's own cache would take the place of ours.
require('node:module').enableCompileCache = undefined;
process.argv = [node, bin, ...runs.shift()];
require(bin);
