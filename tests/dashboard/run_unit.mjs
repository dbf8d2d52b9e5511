// Bundles the unit tests and runs them by node's own runner:
//   run_unit.mjs NODE_MODULES GENERATED OUT
import {spawnSync} from 'node:child_process';
import {readdirSync} from 'node:fs';
import {createRequire} from 'node:module';
import {dirname, join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const [modules, generated, out] = process.argv.slice(2).map(path => resolve(path));
const {build} = createRequire(join(modules, 'x.js'))('esbuild');
const names = readdirSync(join(here, 'unit')).filter(name => name.endsWith('.test.ts'));
await build({
  entryPoints: names.map(name => join(here, 'unit', name)),
  inject: [join(here, 'browser_globals.mjs')],
  bundle: true,
  platform: 'node',
  format: 'esm',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  nodePaths: [modules],
  alias: {generated},
  outdir: out,
  outExtension: {'.js': '.mjs'},
  logLevel: 'warning',
});
// Times of a day are of where the reader is; those of the tables are of UTC.
process.env.TZ = 'UTC';
process.env.ISOSHAPE_FIGURE_COLORS = join(here, '../figures/colors.csv');
process.env.ISOSHAPE_FIGURE_LOOKS = join(here, '../figures/looks.csv');
process.env.ISOSHAPE_FIGURE_TICKS = join(here, '../figures/ticks.tsv');
const tests = names.map(name => join(out, name.replace(/\.ts$/, '.mjs')));
process.exit(spawnSync(process.execPath, ['--test', ...tests], {stdio: 'inherit'}).status ?? 1);
