// Builds dist/: the CLI as one file (src/start.ts → dist/cli/start.js) with what V8 compiled it to, the library as plain modules with types (src/ → dist/).
// `lakeobs mcp` has a bundle of its own (dist/cli/mcp.js): a protocol no other verb needs. The native DuckDB binding stays outside the bundles; everything else the CLI needs is in them, so that starting reads few files.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { evaluate } from './evaluate.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const bundleOnly = process.argv.includes('--bundle');

rmSync(join(root, 'dist', bundleOnly ? 'cli' : ''), { recursive: true, force: true });
await buildCli();
if (!bundleOnly) {
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  execFileSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit' });
}
// What the bundled queries read (src/query/plans.ts), found out by the code just built.
const { bundledPlans } = await evaluate('scripts/plans.ts');
writeFileSync(join(root, 'dist', 'plans.json'), JSON.stringify(await bundledPlans()));
keepCompiledForm();

/** CommonJS, because Node's loader for ES modules is asynchronous and takes 10 ms longer. One file: what a verb does not use is neither compiled nor run. */
async function buildCli() {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { start: 'src/start.ts', mcp: 'src/commands/mcp.ts' },
    outdir: 'dist/cli',
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20.19',
    minify: true,
    legalComments: 'linked',
    metafile: true,
    supported: { 'dynamic-import': false },
    define: { 'import.meta.dirname': '__dirname', 'import.meta.url': 'bundleUrl' },
    banner: { js: "const bundleUrl=require('node:url').pathToFileURL(__filename).href;" },
    plugins: [
      evaluated(/[\\/]src[\\/]schema[\\/]facts\.ts$/),
      apart('mcp'),
      whenUsed('child_process'),
      nativeBinding(),
    ],
    logLevel: 'warning',
  });
  writeFileSync(join(root, 'dist', 'cli', 'package.json'), '{ "type": "commonjs" }\n');
  writeFileSync(join(root, 'dist', 'cli', 'LICENSES.txt'), licensesOf(metafile));
}

/** The licences of everything in the bundles that is not ours: who gets it this way does not get its package. */
function licensesOf({ outputs }) {
  const files = Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs));
  const folders = files.flatMap((file) => file.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0] ?? []);
  const texts = [...new Set(folders)].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    const file = readdirSync(join(root, folder)).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? '' : `\n${readFileSync(join(root, folder, file), 'utf8').trim()}\n`;
    return `${name} ${version}: ${license}\n${text}`;
  });
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}

/** Modules whose exports are data are in the bundle as that data: what they were computed with stays outside. */
function evaluated(filter) {
  return {
    name: 'evaluated',
    setup({ onLoad }) {
      onLoad({ filter }, async ({ path }) => {
        const exports = Object.entries(await evaluate(path));
        return {
          contents: exports
            .map(([name, value]) => `export const ${name} = JSON.parse(${JSON.stringify(JSON.stringify(value))});`)
            .join('\n'),
        };
      });
    },
  };
}

/** A verb with a bundle of its own is loaded from there. By its whole path: bin/lakeobs.js runs the other bundle with its own `require`. */
function apart(verb) {
  return {
    name: 'apart',
    setup({ onLoad, onResolve }) {
      onResolve({ filter: new RegExp(`^\\./${verb}\\.ts$`) }, ({ kind }) =>
        kind === 'dynamic-import' ? { path: verb, namespace: 'apart' } : undefined,
      );
      onLoad({ filter: /.*/, namespace: 'apart' }, () => ({
        contents: `module.exports = require(require('node:path').join(__dirname, '${verb}.js'));`,
      }));
    },
  };
}

/** Packages that load a built-in module whether or not they come to use it get it at the first use: this one brings streams and sockets with it. */
function whenUsed(builtin) {
  return {
    name: 'when-used',
    setup({ onLoad, onResolve }) {
      onResolve({ filter: new RegExp(`^(node:)?${builtin}$`) }, ({ importer, namespace }) =>
        namespace === 'file' && importer.includes('node_modules')
          ? { path: builtin, namespace: 'when-used' }
          : undefined,
      );
      onLoad({ filter: /.*/, namespace: 'when-used' }, () => ({
        contents: `module.exports = new Proxy({}, { get: (_, name) => require('node:${builtin}')[name] });`,
      }));
    },
  };
}

/** The native binding stays a file of its own package. Package managers may put that where only DuckDB's other packages see it: then it is asked for from there. */
function nativeBinding() {
  return {
    name: 'native-binding',
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /^@duckdb\/node-bindings-.*\.node$/ }, ({ path, namespace }) =>
        namespace === 'native' ? { path, external: true } : { path, namespace: 'native' },
      );
      onLoad({ filter: /.*/, namespace: 'native' }, ({ path }) => ({
        contents: `
          const name = ${JSON.stringify(path)};
          try {
            module.exports = require(${JSON.stringify(path)});
          } catch {
            const { createRequire } = require('node:module');
            const api = createRequire(createRequire(__filename).resolve('@duckdb/node-api'));
            module.exports = createRequire(api.resolve('@duckdb/node-bindings'))(name);
          }`,
      }));
    },
  };
}

/** What V8 has compiled once every reading verb has run, for the next processes of this Node (bin/lakeobs.js). */
function keepCompiledForm() {
  const folder = mkdtempSync(join(tmpdir(), 'lakeobs-build-'));
  const log = join(folder, 'one.jsonl');
  writeFileSync(log, '{}\n');
  try {
    execFileSync(process.execPath, [join(root, 'scripts', 'compiled-form.cjs'), log], { cwd: folder, stdio: 'ignore' });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
