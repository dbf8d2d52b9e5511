// What a reader sees first, and that it is live.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {assertQuiet, figure, openPage} from './browser.mjs';
import {gridCampaign, sobolCampaign} from './fake_worker.mjs';
import {coordinator, open, setUp, worker} from './setup.mjs';

setUp(() => worker.register());

test('without a campaign the page says how to make one', async () => {
  const page = await open('');
  await page.getByText('There is no campaign yet').waitFor();
  assertQuiet(page);
  await page.context().close();
});

test('the only campaign is opened at once, with its picture and its answer', async () => {
  await gridCampaign(coordinator, 'c1');
  await worker.trainAll();
  // The answer is there before the page is, so that the page alone is waited
  // for: on a busy machine the fit takes as long as it takes.
  const {shape} = await coordinator.call('AnalysisService/PredictShape', {campaign: 'campaigns/c1', wait_for_newest: true});
  const page = await open('');
  const isoflop = await figure(page, 'isoflop');
  assert.equal(new URL(page.url()).hash, '#/c1');
  assert.match(await isoflop.locator('figcaption').innerText(), /budgets? brackets? (its|their) best size/);
  await page.locator('.answer-shape strong').waitFor();
  assert.equal(await page.locator('.answer-shape strong').innerText(), `${shape.depth} × ${shape.width}`);
  assertQuiet(page);
  await page.context().close();
});

test('rows and states come by themselves, and the view stays as the reader left it', async () => {
  await sobolCampaign(coordinator, 'live', 60);
  await worker.trainAll({most: 30});
  const page = await open('/#/live/trials?sort=-size');
  await page.locator('.grid-row').nth(8).waitFor();
  await page.locator('.grid').evaluate(grid => { grid.scrollTop = 240; });
  await page.locator('.grid-row:not(.grid-head)').nth(12).click();
  const address = page.url();
  const scrolled = await page.locator('.grid').evaluate(grid => grid.scrollTop);
  const [lease] = await worker.lease(1);
  const number = lease.trial.name.split('/').at(-1);
  await coordinatorRow(page, number, 'leased');
  await worker.complete(lease);
  await coordinatorRow(page, number, 'succeeded');
  assert.equal(page.url(), address);
  assert.equal(await page.locator('.grid').evaluate(grid => grid.scrollTop), scrolled);
  await worker.trainAll();
  await page.locator('.head .progress-text', {hasText: '60 / 60'}).waitFor();
  assert.equal(page.url(), address);
  assertQuiet(page);
  await page.context().close();
});

// Waits until the table knows the trial in that state; its row may be out of
// sight, so another page that filters for it looks.
async function coordinatorRow(page, number, state) {
  const other = await openPage(page.context(), `${coordinator.base}/#/live/trials?where=number=${number}`);
  await other.locator(`.grid-row .state-${state}`).waitFor();
  assertQuiet(other);
  await other.close();
}

test('zoom survives new results', async () => {
  await sobolCampaign(coordinator, 'zoomed', 45);
  await worker.trainAll({most: 42});
  const page = await open('/#/zoomed');
  const isoflop = await figure(page, 'isoflop');
  // Where the mouse goes must be in sight.
  await isoflop.locator('.panel-picture').evaluate(element => element.scrollIntoView({block: 'center'}));
  const box = await isoflop.locator('.panel-picture').boundingBox();
  await page.mouse.move(box.x + 200, box.y + 120);
  await page.mouse.down();
  await page.mouse.move(box.x + 500, box.y + 300, {steps: 4});
  await page.mouse.up();
  await page.getByRole('button', {name: 'Whole range'}).waitFor();
  const address = page.url();
  assert.match(address, /zoom=isoflop\.0:/);
  assert.ok(new URL(address).hash.length <= 300);
  const picture = await isoflop.locator('svg.plot').innerHTML();
  await worker.trainAll();
  await page.waitForFunction(before => document.querySelector('figure[data-kind="isoflop"] svg.plot')?.innerHTML !== before, picture);
  assert.equal(page.url(), address);
  await page.reload();
  await page.getByRole('button', {name: 'Whole range'}).click();
  assert.doesNotMatch(page.url(), /zoom=/);
  assertQuiet(page);
  await page.context().close();
});
