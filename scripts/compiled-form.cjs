// Runs the built command line once and keeps what V8 made of it beside the bundle; without such a file bin/lakeobs.js compiles as ever.
const { writeFileSync } = require('node:fs');
const { join } = require('node:path');

const root = join(__dirname, '..');
process.argv = [process.argv[0], join(root, 'bin', 'lakeobs.js'), 'query', 'alarm', process.argv[2]];
// A cache of Node's own would stand in the way of ours.
require('node:module').enableCompileCache = undefined;
const { script } = require(process.argv[1]);
process.on('exit', () => {
  const file = join(root, 'dist', 'cli', `start.js.${process.versions.v8}-${process.arch}.cache`);
  writeFileSync(file, script.createCachedData());
});
