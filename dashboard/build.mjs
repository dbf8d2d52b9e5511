// Bundles the page and writes it as C++ that embeds it:
//   node build.mjs NODE_MODULES OUT
// OUT holds api.d.ts and campaign_fields.json (types_of_protos.mjs) and gets
// the files, compressed, and assets.cc. Only names that hold a hash of their
// content are told to be immutable.
import {createHash} from 'node:crypto';
import {mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {dirname, extname, join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {brotliCompressSync, constants, gzipSync} from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));
const [modules, out] = process.argv.slice(2).map(folder => resolve(folder));
const {build} = createRequire(join(modules, 'x.js'))('esbuild');

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
};

const hash = bytes => createHash('sha256').update(bytes).digest('hex').slice(0, 10);

async function bundle(campaignFields) {
  const result = await build({
    entryPoints: {app: join(here, 'src/app.tsx'), style: join(here, 'style/style.css')},
    bundle: true,
    minify: true,
    format: 'esm',
    target: ['es2022', 'chrome120', 'firefox120', 'safari17'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    nodePaths: [modules],
    alias: {generated: out},
    define: {CAMPAIGN_FIELDS: JSON.stringify(campaignFields)},
    legalComments: 'none',
    outdir: join(out, 'www'),
    write: false,
    metafile: true,
    logLevel: 'warning',
  });
  writeFileSync(join(out, 'bundle.json'), JSON.stringify(result.metafile));
  return result.outputFiles.map(file => ({extension: extname(file.path), bytes: Buffer.from(file.contents)}));
}

async function assets() {
  const fields = readFileSync(join(out, 'campaign_fields.json'));
  const files = [{path: `/campaign_fields-${hash(fields)}.json`, bytes: fields, immutable: true}];
  let html = readFileSync(join(here, 'index.html'), 'utf8');
  for (const {extension, bytes} of await bundle(files[0].path)) {
    const path = `/app-${hash(bytes)}${extension}`;
    html = html.replace(`/app${extension}`, path);
    files.push({path, bytes, immutable: true});
  }
  const icon = readFileSync(join(here, 'icon.svg'));
  const path = `/icon-${hash(icon)}.svg`;
  files.push({path, bytes: icon, immutable: true});
  files.unshift({path: '/index.html', bytes: Buffer.from(html.replace('/icon.svg', path)), immutable: false});
  return files;
}

// The bytes come into the program by the assembler, which is quick however many
// they are.
function embedded(files) {
  const lines = ['// Written by dashboard/build.mjs.', '#include "dashboard/assets.h"', ''];
  const entries = [];
  files.forEach(({path, bytes, immutable}, i) => {
    const compressed = {
      gzip: gzipSync(bytes, {level: 9}),
      brotli: brotliCompressSync(bytes, {params: {
        [constants.BROTLI_PARAM_QUALITY]: 11,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      }}),
    };
    const views = Object.entries(compressed).map(([coding, content]) => {
      const file = join(out, 'www', `${i}.${coding}`);
      writeFileSync(file, content);
      const symbol = `isoshape_dashboard_${i}_${coding}`;
      // The hash makes this file change when the bytes do.
      lines.push(`// ${path} ${hash(content)}`,
          `asm(".pushsection .rodata\\n.global ${symbol}\\n${symbol}:\\n"`,
          `    ".incbin \\"${file}\\"\\n.popsection");`,
          `extern "C" const char ${symbol}[];`);
      return `{${symbol}, ${content.length}}`;
    });
    writeFileSync(join(out, 'www', path), bytes);
    entries.push(`    {"${path}", "${types[extname(path)]}", ${views.join(', ')}, ${immutable}},`);
    console.log(`dashboard: ${path} ${bytes.length} bytes, gzip ${compressed.gzip.length}, brotli ${compressed.brotli.length}`);
  });
  return [...lines, '', 'namespace isoshape {', '',
    'std::span<const DashboardAsset> DashboardAssets() {',
    '  static constexpr DashboardAsset kAssets[] = {', ...entries, '  };',
    '  return kAssets;', '}', '', '}  // namespace isoshape', ''].join('\n');
}

rmSync(join(out, 'www'), {recursive: true, force: true});
mkdirSync(join(out, 'www'), {recursive: true});
writeFileSync(join(out, 'assets.cc'), embedded(await assets()));
