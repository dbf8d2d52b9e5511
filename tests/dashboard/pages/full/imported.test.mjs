// Runs that were trained elsewhere: the choice whether fits are of them too is
// there as soon as a campaign has some, also before any trial has succeeded.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {assertQuiet, figure} from '../browser.mjs';
import {gridCampaign, lossOf} from '../fake_worker.mjs';
import {coordinator, open, setUp, worker} from '../setup.mjs';

let page;
setUp(async () => {
  await gridCampaign(coordinator, 'i1');
  await gridCampaign(coordinator, 'none');
  page = await open('/#/i1');
});

// Five runs of each of two budgets.
function runs() {
  return [1e11, 3e11].flatMap(flops => [0.25, 0.5, 1, 2, 4].map(factor => {
    const parameters = factor * Math.sqrt(flops / 120), tokens = flops / 6 / parameters;
    const shape = {width: 18, depth: 1};
    return {source: `${flops}/${factor}`, parameters, tokens,
      validation_loss: lossOf({name: `${factor}`, flops_per_token: 6 * parameters, tokens, shape})};
  }));
}
const choice = () => page.getByRole('checkbox', {name: /imported/i});

test('an import brings the choice to a page that is open and has no result', async () => {
  await page.getByRole('heading', {name: /^No prediction yet/}).waitFor();
  assert.equal(await choice().count(), 0);
  await coordinator.call('CampaignService/ImportTrials', {parent: 'campaigns/i1', runs: runs()});
  await page.getByLabel('Fit 10 imported trials too').check();
  assert.match(page.url(), /imported=1/);
  const {sentence} = await coordinator.call('FigureService/GetFigure', {campaign: 'campaigns/i1', kind: 'isoflop', imported: true});
  await (await figure(page, 'isoflop')).locator('figcaption', {hasText: sentence}).waitFor();
  assert.equal(await choice().count(), 1);
  assertQuiet(page);
});

test('the choice stays with the campaign, over its views', async () => {
  await page.getByRole('link', {name: 'Trends'}).click();
  await page.waitForURL(/trends\?imported=1/);
  await choice().uncheck();
  await page.getByRole('heading', {name: /^No prediction yet/}).waitFor();
  await page.goto(`${coordinator.base}/#/none`);
  await page.getByRole('heading', {name: /^No prediction yet/}).waitFor();
  await choice().waitFor({state: 'detached'});
  await worker.register();
  await worker.trainAll();
  await (await figure(page, 'isoflop')).waitFor();
  assert.equal(await choice().count(), 0);
  assertQuiet(page);
});
