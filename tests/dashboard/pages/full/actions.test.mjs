// What a reader does to campaigns and trials.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {assertQuiet, figure} from '../browser.mjs';
import {gridCampaign} from '../fake_worker.mjs';
import {coordinator, open, setUp, worker} from '../setup.mjs';

let page;
setUp(async () => {
  page = await open('');
});

test('a campaign is made by the form, which is told what is wrong as one types', async () => {
  await page.getByRole('button', {name: 'New campaign'}).click();
  const budgets = page.getByLabel('budgets');
  // What the form says is fetched first: the focus waits for it.
  await budgets.waitFor();
  await page.waitForFunction(() => document.activeElement?.id === 'create-id');
  await budgets.fill('3e11, 1e11');
  await page.locator('.create-foot .fault').waitFor();
  assert.equal(await page.getByRole('button', {name: 'Create', exact: true}).isDisabled(), true);
  await budgets.fill('1e11, 3e11, 9e11');
  await page.getByLabel('id', {exact: true}).fill('made');
  await page.locator('.create-foot .note').waitFor();
  await page.getByRole('button', {name: 'Create', exact: true}).click();
  await page.locator('.head .state-running').waitFor();
  assert.match(page.url(), /#\/made$/);
});

test('what it waits for and what helps are said where one looks', async () => {
  await page.goto(`${coordinator.base}/#/made/workers`);
  await page.getByText('no worker is connected').waitFor();
  await page.goto(`${coordinator.base}/#/made`);
  await page.getByText(`isoshape worker --server ${coordinator.grpc} --data PATH`).waitFor();
  await page.goto(`${coordinator.base}/#/`);
  await page.getByText('no worker is connected').waitFor();
});

test('it is paused and resumed', async () => {
  await page.goto(`${coordinator.base}/#/made/workers`);
  await page.getByRole('button', {name: 'Pause'}).click();
  await page.locator('.head .state-paused').waitFor();
  await page.getByRole('button', {name: 'Resume'}).click();
  await page.locator('.head .state-running').waitFor();
});

test('a click on the map adds a trial', async () => {
  await worker.register();
  await worker.trainAll();
  await page.goto(`${coordinator.base}/#/made/shapes`);
  const map = await figure(page, 'heatmap');
  const before = (await coordinator.call('CampaignService/ListTrials', {parent: 'campaigns/made', page_size: 1000})).trials.length;
  const picture = map.locator('.panel-picture');
  await picture.scrollIntoViewIfNeeded();
  const box = await picture.boundingBox();
  await page.mouse.click(box.x + 90, box.y + 60);
  await page.getByRole('dialog').waitFor();
  await page.getByRole('spinbutton', {name: 'depth'}).fill('2');
  await page.getByRole('spinbutton', {name: 'width'}).fill('32');
  await page.getByText(/parameters, about/).waitFor();
  await page.getByRole('button', {name: 'Add the trial'}).click();
  await page.getByRole('complementary', {name: `Trial ${before + 1}`}).waitFor();
  const trial = await coordinator.call('CampaignService/GetTrial', {name: `campaigns/made/trials/${before + 1}`});
  assert.deepEqual([trial.shape.depth, trial.shape.width], [2, 32]);
});

test('a trial is left out of the fits with a reason, and taken in again', async () => {
  await page.goto(`${coordinator.base}/#/made?sel=1`);
  await page.getByRole('button', {name: 'Leave it out of fits'}).click();
  await page.getByLabel('Why it is left out').fill('a test');
  await page.getByRole('button', {name: 'Leave it out of fits'}).click();
  await page.getByText('left out of fits: a test').waitFor();
  await page.getByRole('button', {name: 'Take it in again'}).click();
  await page.getByRole('button', {name: 'Leave it out of fits'}).waitFor();
});

test('a campaign is deleted by typing its name', async () => {
  await gridCampaign(coordinator, 'second');
  await page.goto(`${coordinator.base}/#/second/workers`);
  await page.getByRole('button', {name: 'Delete…'}).click();
  const button = page.getByRole('button', {name: 'Delete the campaign'});
  assert.equal(await button.isDisabled(), true);
  await page.getByLabel('Type second to delete it').fill('second');
  await button.click();
  await page.getByRole('heading', {name: 'Campaigns'}).waitFor();
  await page.getByRole('link', {name: 'made'}).waitFor();
  // The list hears of it with the next batch of events.
  await page.getByRole('link', {name: 'second'}).waitFor({state: 'detached'});
  assertQuiet(page);
});
