// Each view draws its figures from a campaign of three budgets, says them in
// words and in a table; what is said if there is less to go by.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {assertQuiet, figure} from '../browser.mjs';
import {gridCampaign} from '../fake_worker.mjs';
import {coordinator, open, setUp, worker} from '../setup.mjs';

let page;
setUp(async () => {
  await worker.register();
  await gridCampaign(coordinator, 'c1');
  await worker.trainAll({curves: true});
  await gridCampaign(coordinator, 'two', [1e11, 1e12]);
  await worker.trainAll();
  page = await open('/#/c1');
});

const KINDS = {
  '': ['isoflop'], prediction: ['prediction'], trends: ['trends'], methods: ['methods'], shapes: ['heatmap', 'aspect'],
  curves: ['curves'], diagnostics: ['residuals', 'envelope', 'surface', 'pareto'], workers: ['progress'],
};

for (const [view, kinds] of Object.entries(KINDS)) {
  test(`${view || 'overview'}: ${kinds.join(', ')}`, async () => {
    await page.goto(`${coordinator.base}/#/c1/${view}`);
    for (const kind of kinds) {
      const drawn = await figure(page, kind);
      assert.doesNotMatch(await drawn.locator('svg.plot').first().innerHTML(), /NaN|Infinity/);
      assert.match(await drawn.locator('figcaption').innerText(), /\w+ .*\.$/s);
      await drawn.getByRole('button', {name: 'Table'}).click();
      await drawn.locator('tbody tr').first().waitFor();
      const saved = await drawn.locator('.menu a').evaluateAll(links => links.map(link => link.href));
      const csv = saved.find(address => address.includes('.csv'));
      const response = await fetch(csv);
      assert.equal(response.status, 200, csv);
      assert.match(response.headers.get('content-type'), /text\/csv/);
    }
    assertQuiet(page);
  });
}

test('a figure that takes long has rough intervals first, and says so until it is there', async () => {
  const slow = await open('/#/c1/workers');
  let release;
  const held = new Promise(resolve => { release = resolve; });
  await slow.route('**/isoshape.v1.FigureService/GetFigure*', async route => {
    const {kind, resamples} = route.request().postDataJSON();
    if (kind === 'isoflop' && !resamples) await held;
    await route.continue();
  });
  await slow.goto(`${coordinator.base}/#/c1`);
  const drawn = slow.locator('figure[data-kind="isoflop"]');
  await drawn.locator('svg.plot').waitFor();
  await drawn.getByText('Intervals are rough').waitFor();
  assert.equal(await drawn.getAttribute('aria-busy'), 'true');
  assert.match(await drawn.innerText(), /\b50 (bootstrap )?resamples\b/);
  release();
  await drawn.getByText('Intervals are rough').waitFor({state: 'detached'});
  assert.equal(await drawn.getAttribute('aria-busy'), 'false');
  assertQuiet(slow);
  await slow.close();
});

test('depths have ticks at whole layers', async () => {
  await page.goto(`${coordinator.base}/#/c1/shapes`);
  const map = await figure(page, 'heatmap');
  const labels = await map.locator('[aria-label], svg.plot g').locator('text').allTextContents();
  assert.ok(labels.some(text => /^\d+$/.test(text)), labels.join());
  assert.deepEqual(labels.filter(text => /^0\.\d+$/.test(text)), []);
});

test('a filter that cannot be read has a caret under the fault, and the one before stays', async () => {
  await page.goto(`${coordinator.base}/#/c1/trials?where=depth>1`);
  await page.getByText(/^\d+ of \d+ trials$/).waitFor();
  await page.getByLabel('Filter', {exact: true}).fill('depth>1 deep=3');
  await page.keyboard.press('Enter');
  const fault = page.locator('.filter .fault');
  await fault.waitFor();
  const [typed, caret] = (await fault.innerText()).split('\n');
  assert.equal(typed, 'depth>1 deep=3');
  assert.equal(caret, `${' '.repeat(typed.indexOf('deep'))}^`);
  assert.match(decodeURIComponent(page.url()), /where=depth>1$/);
});

test('two budgets: no prediction, and the best shape that was measured', async () => {
  const {shapes} = await coordinator.call('AnalysisService/ListBestShapes', {campaign: 'campaigns/two', top: 1});
  const {shape} = shapes.find(one => one.budget_flops === 1e12);
  await page.goto(`${coordinator.base}/#/two`);
  await page.getByText('No prediction yet').waitFor();
  assert.equal(await page.locator('.answer-shape strong').innerText(), `${shape.depth} × ${shape.width}`);
  await page.getByText('Best so far').waitFor();
});

test('a campaign without variants says what they are', async () => {
  await page.goto(`${coordinator.base}/#/c1/variants`);
  await page.getByRole('heading', {name: 'This campaign has no variants'}).waitFor();
});
