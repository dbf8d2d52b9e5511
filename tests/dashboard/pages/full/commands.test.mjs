// What "Copy command" and "Copy Python" give is run as a reader would run it.
import assert from 'node:assert/strict';
import {execFile, spawnSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {dirname, join, resolve} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {figure} from '../browser.mjs';
import {gridCampaign} from '../fake_worker.mjs';
import {coordinator, open, setUp, worker} from '../setup.mjs';

const programs = resolve(dirname(process.env.ISOSHAPE_COORDINATOR));
const packages = resolve(dirname(fileURLToPath(import.meta.url)), '../../../../python');
const hasCli = existsSync(join(programs, 'isoshape'));
const hasPython = spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 10))']).status === 0;

let page;
setUp(async () => {
  await worker.register();
  await gridCampaign(coordinator, 'c1');
  await worker.trainAll({curves: true});
  page = await open('', {permissions: ['clipboard-read', 'clipboard-write']});
});

async function copied(within, label) {
  await within.getByRole('button', {name: label}).click();
  await within.getByRole('button', {name: 'Copied'}).waitFor();
  const text = await page.evaluate(() => navigator.clipboard.readText());
  await within.getByRole('button', {name: label}).waitFor();
  return text;
}

async function run(program, args) {
  const {stdout} = await promisify(execFile)(program, args, {cwd: coordinator.folder, env: {
    ...process.env, PATH: `${programs}:${process.env.PATH}`, PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: '1',
    ISOSHAPE_SERVER: coordinator.grpc,
  }});
  return stdout;
}

// Views with settings, and the figures in them.
const FIGURES = [
  ['?where=depth%3C9&failed=1', ['isoflop']],
  ['/prediction?target=2e12&law=isoflop', ['prediction']],
  ['/trends?target=2e12&rule=full_range', ['trends']],
  ['/methods', ['methods']],
  ['/shapes?budget=3e11&failed=1', ['heatmap', 'aspect']],
  ['/curves?trials=1,2', ['curves']],
  ['/diagnostics?law=shape&cost=peak_memory_bytes&budget=3e11', ['residuals', 'envelope', 'surface', 'pareto']],
  ['/workers', ['progress']],
];

for (const [address, kinds] of FIGURES) {
  for (const kind of kinds) {
    test(`${kind} of ${address}`, async () => {
      await page.goto(`${coordinator.base}/#/c1${address}`);
      const tools = (await figure(page, kind)).locator('.figure-tools');
      await tools.getByText('Save').click();
      const command = await copied(tools, 'Copy command'), python = await copied(tools, 'Copy Python');
      if (hasCli) {
        await run('bash', ['-c', command]);
        assert.ok(existsSync(join(coordinator.folder, `${kind}.svg`)), command);
      }
      if (hasPython) assert.equal((await run('python3', ['-c', `${python}print(_.data.kind)`.replace('c.figure', '_ = c.figure')])).trim(), kind);
    });
  }
}

test('a prediction under limits', async () => {
  await page.goto(`${coordinator.base}/#/c1/prediction?target=2e12&limits=max_parameters=300000,serve_tokens=1e6`);
  await page.locator('.answer-shape strong').waitFor();
  const shown = await page.locator('.answer-shape strong').innerText();
  const controls = page.locator('.controls');
  const command = await copied(controls, 'Copy command');
  assert.match(command, /--max-parameters 300000 --serve-tokens 1e6/);
  if (hasCli) {
    const {shape} = JSON.parse(await run('bash', ['-c', `${command} --output=json`]));
    assert.equal(`${shape.depth} × ${shape.width}`, shown);
  }
  const python = await copied(controls, 'Copy Python');
  if (hasPython) {
    const shape = await run('python3', ['-c', `${python}print(p.shape.depth, "×", p.shape.width)`.replace('c.predict', 'p = c.predict')]);
    assert.equal(shape.trim(), shown);
  }
});
