#!/usr/bin/env node
// Starts the command line: dist/cli/start.js, one CommonJS file. Compiling it takes longer than running it, so V8's compiled form is used where there is one:
// made by the build, for the V8 that built it (scripts/build.mjs), else kept by Node itself (from 22.8) in the user's cache folder. V8 refuses what does not fit.
const { readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');

try {
  start(join(__dirname, '..', 'dist', 'cli', 'start.js')).started.catch(cannotStart);
} catch (error) {
  cannotStart(error);
}

function start(file) {
  const compiled = compiledForm(file);
  const { enableCompileCache, wrap } = require('node:module');
  if (compiled === undefined && enableCompileCache !== undefined) {
    enableCompileCache(join(cacheFolder(), 'lakeobs'));
    return require(file);
  }
  const { Script } = require('node:vm');
  // The bundle is ASCII (esbuild's default): read so it is quickest.
  const script = new Script(wrap(readFileSync(file, 'latin1')), { filename: file, cachedData: compiled });
  const run = () => {
    const bundle = { exports: {} };
    script.runInThisContext().call(bundle.exports, bundle.exports, require, bundle, file, dirname(file));
    return bundle.exports;
  };
  module.exports = { script, run };
  return run();
}

function compiledForm(file) {
  try {
    return readFileSync(`${file}.${process.versions.v8}-${process.arch}.cache`);
  } catch {
    return undefined;
  }
}

function cacheFolder() {
  const { homedir } = require('node:os');
  const { LOCALAPPDATA, XDG_CACHE_HOME } = process.env;
  return XDG_CACHE_HOME || LOCALAPPDATA || join(homedir(), '.cache');
}

function cannotStart(error) {
  process.stderr.write(`lakeobs: cannot start: ${error.message}\n  try: npm run build\n`, () => process.exit(2));
}
