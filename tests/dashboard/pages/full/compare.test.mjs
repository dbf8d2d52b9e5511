// Campaigns side by side, and a picture as it grew.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {assertQuiet, figure} from '../browser.mjs';
import {gridCampaign, sobolCampaign} from '../fake_worker.mjs';
import {coordinator, open, setUp, worker} from '../setup.mjs';

let page;
setUp(async () => {
  await worker.register();
  await gridCampaign(coordinator, 'c1');
  await gridCampaign(coordinator, 'c2', [1e11, 1e12]);
  await worker.trainAll();
  await sobolCampaign(coordinator, 'empty', 6);
  page = await open('/#/');
});

test('two campaigns that are ticked stand side by side, what differs first', async () => {
  await page.getByLabel('Compare c1').check();
  await page.getByLabel('Compare c2').check();
  const compared = page.getByRole('region', {name: 'Compared campaigns', exact: true});
  await compared.locator('svg.plot').nth(1).waitFor();
  assert.match(page.url(), /campaigns=c1,c2/);
  const first = compared.getByRole('region', {name: /^Settings/}).getByRole('row').nth(1);
  assert.match(await first.innerText(), /budgets\s+1e11, 3e11, 9e11\s+1e11, 1e12/);
  // Labels of x alone hang below their points so far.
  const ticks = await compared.locator('svg.plot').evaluateAll(plots => plots.map(plot =>
    [...plot.querySelectorAll('text[y="0.71em"]')].map(text => text.textContent).join()));
  assert.match(ticks[0], /\d/);
  assert.equal(ticks[0], ticks[1]);
  await page.reload();
  await compared.locator('svg.plot').nth(1).waitFor();
  assertQuiet(page);
});

test('a campaign without a result is compared by its settings', async () => {
  await page.goto(`${coordinator.base}/#/?campaigns=c1,empty`);
  const compared = page.getByRole('region', {name: 'Compared campaigns', exact: true});
  await compared.getByRole('columnheader', {name: 'empty'}).first().waitFor();
  await compared.locator('svg.plot').waitFor();
  assert.equal(await compared.locator('svg.plot').count(), 1);
  assertQuiet(page);
});

test('a replay draws what had ended by then, over the axes of the whole', async () => {
  await page.goto(`${coordinator.base}/#/c1`);
  await (await figure(page, 'isoflop')).locator('.read-out').waitFor();
  const axes = () => page.locator('figure[data-kind="isoflop"] svg.plot text[y="0.71em"]').allTextContents();
  const whole = await axes();
  assert.ok(whole.length > 1 && whole.every(text => text !== ''), whole.join());
  const marks = () => page.locator('figure[data-kind="isoflop"] svg.plot').evaluate(plot => plot.innerHTML.length);
  const all = await marks();
  await page.goto(`${coordinator.base}/#/c1?ended=9`);
  await page.getByText(/^9 of \d+,/).waitFor();
  await page.waitForFunction(before => (document.querySelector('figure[data-kind="isoflop"] svg.plot')?.innerHTML.length ?? before) < before, all);
  assert.deepEqual(await axes(), whole);
  await page.getByRole('slider', {name: 'Trials that had ended'}).press('ArrowRight');
  await page.waitForURL(/ended=10/);
  await page.getByRole('button', {name: 'End the replay'}).click();
  await page.getByRole('button', {name: 'Replay how it grew'}).waitFor();
  assertQuiet(page);
});

test('the figures of a view replay together', async () => {
  await page.goto(`${coordinator.base}/#/c1/shapes?ended=12`);
  await page.getByText(/^12 of \d+,/).waitFor();
  for (const kind of ['heatmap', 'aspect']) await figure(page, kind);
  await page.getByRole('button', {name: 'End the replay'}).click();
  await page.getByRole('button', {name: 'Replay how they grew'}).waitFor();
  assertQuiet(page);
});

test('a point that is walked to says why its trial was proposed', async () => {
  await page.goto(`${coordinator.base}/#/c1`);
  const isoflop = await figure(page, 'isoflop');
  await isoflop.locator('.panel-picture').focus();
  await page.keyboard.press('ArrowRight');
  const {columns} = await coordinator.call('CampaignService/ListTrialTable',
      {parent: 'campaigns/c1', columns: ['reason']});
  const why = await isoflop.locator('.read-out .why').innerText();
  assert.ok(columns[0].texts.some(reason => why === `Proposed: ${reason}`), why);
});
