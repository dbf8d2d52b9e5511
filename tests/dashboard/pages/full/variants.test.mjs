// Other ways of training beside base, and the limit of a cost.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {assertQuiet, figure} from '../browser.mjs';
import {variedCampaign} from '../fake_worker.mjs';
import {coordinator, open, setUp, worker} from '../setup.mjs';

let page;
setUp(async () => {
  await worker.register();
  await variedCampaign(coordinator, 'v1');
  await worker.trainAll({curves: true});
  page = await open('/#/v1');
});

test('a view says what each variant changes, as the coordinator compares them', async () => {
  const {comparisons} = await coordinator.call('AnalysisService/CompareVariants', {campaign: 'campaigns/v1'});
  await page.getByRole('link', {name: 'Variants'}).click();
  await (await figure(page, 'variants')).locator('svg.plot').waitFor();
  await page.getByText('Higher loss than base: worse.').waitFor();
  const table = page.getByRole('region', {name: 'Variants', exact: true}).getByRole('table').first();
  const {value} = comparisons[0].overall.difference;
  await table.getByRole('row', {name: new RegExp(`^worse ${comparisons[0].overall.pairs} \\+${value.toFixed(4)}`)}).waitFor();
  assertQuiet(page);
});

test('figures are of the variant that is chosen, the table is of all unless one is', async () => {
  await page.getByRole('link', {name: 'Trials'}).click();
  await page.getByRole('columnheader', {name: 'variant'}).waitFor();
  const {trial_counts: counts} = await coordinator.call('CampaignService/GetCampaign', {name: 'campaigns/v1'});
  await page.locator('.table-head .note', {hasText: String(counts.succeeded)}).waitFor();
  await page.locator('#variant').selectOption('worse');
  assert.match(page.url(), /variant=worse/);
  await page.locator('.table-head .note', {hasText: `of ${counts.succeeded}`}).waitFor();
  await page.getByRole('link', {name: 'Overview'}).click();
  const {sentence} = await coordinator.call('FigureService/GetFigure', {campaign: 'campaigns/v1', kind: 'isoflop', variant: 'worse'});
  await (await figure(page, 'isoflop')).locator('figcaption', {hasText: sentence}).waitFor();
  assertQuiet(page);
});

test('colours tell variants if that is asked, in one picture', async () => {
  await page.goto(`${coordinator.base}/#/v1`);
  await page.getByLabel('Colours tell').selectOption('each variant');
  assert.match(page.url(), /color=variant/);
  const curves = await figure(page, 'isoflop');
  for (const name of ['base', 'worse']) await curves.locator('.legend-color', {hasText: name}).waitFor();
  await page.goto(`${coordinator.base}/#/v1/shapes?color=variant`);
  const map = await figure(page, 'heatmap');
  for (const name of ['base', 'worse']) await map.getByText(new RegExp(`^${name}`)).first().waitFor();
  assertQuiet(page);
});

test('a limit of the cost is a line, in the address and in the command', async () => {
  await page.goto(`${coordinator.base}/#/v1/diagnostics?cost=parameters`);
  await page.getByLabel('At most').fill('60k');
  await page.getByLabel('At most').press('Enter');
  const pareto = await figure(page, 'pareto');
  await pareto.locator('.legend li', {hasText: 'limit'}).waitFor();
  assert.match(page.url(), /most=60000/);
  await page.getByLabel('At most').fill('much');
  await page.getByLabel('At most').press('Enter');
  await page.getByText('a number such as 0.002 or 2GiB').waitFor();
  assert.match(page.url(), /most=60000/);
  assertQuiet(page);
});
