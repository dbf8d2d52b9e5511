// A coordinator that dies while pages are open, pages that are many, and values
// that are none.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {assertQuiet, figure, openPage} from '../browser.mjs';
import {sobolCampaign} from '../fake_worker.mjs';
import {browser, coordinator, open, setUp, worker} from '../setup.mjs';

setUp(() => worker.register());

const progress = (page, text) => page.locator('.head .progress-text', {hasText: text}).waitFor();

test('killed and started again: a banner, what was there stays, and it goes on', async () => {
  await sobolCampaign(coordinator, 'killed', 36);
  await worker.trainAll({most: 30});
  const page = await open('/#/killed');
  await figure(page, 'isoflop');
  await progress(page, '30 / 36');
  await coordinator.kill();
  await page.getByText('Coordinator away since').waitFor();
  assert.equal(await page.locator('figure[data-kind="isoflop"] svg.plot').count(), 1);
  // What a reader asks for meanwhile is asked for again.
  await page.getByRole('link', {name: 'Trends'}).click();
  await coordinator.restart();
  await figure(page, 'trends');
  await page.getByText('Coordinator away since').waitFor({state: 'detached'});
  await worker.trainAll();
  await progress(page, '36 / 36');
  assertQuiet(page);
  await page.context().close();
});

test('eight pages of one browser are all live', async () => {
  await sobolCampaign(coordinator, 'eight', 12);
  const context = await browser.newContext();
  const pages = await Promise.all(Array.from({length: 8}, () => openPage(context, `${coordinator.base}/#/eight/trials`)));
  await Promise.all(pages.map(page => page.locator('.grid-row .state-pending').first().waitFor()));
  await worker.trainAll();
  await Promise.all(pages.map(page => progress(page, '12 / 12')));
  await Promise.all(pages.map(page => page.waitForFunction(() => !document.querySelector('.grid .state-pending'))));
  // The one that held the stream is gone, and another takes its place.
  await pages[0].close();
  await sobolCampaign(coordinator, 'later', 3);
  await pages[7].goto(`${coordinator.base}/#/later`);
  await worker.trainAll();
  await progress(pages[7], '3 / 3');
  pages.slice(1).forEach(assertQuiet);
  await context.close();
});

test('failed and diverged trials, and curves without numbers, draw without harm', async () => {
  await sobolCampaign(coordinator, 'bad', 30);
  await worker.trainAll({most: 30, ending: trial => {
    const number = Number(trial.name.split('/').at(-1));
    if (number % 3 === 0) return {state: 'diverged', error: 'the loss left the numbers'};
    if (number % 3 === 1) return {state: 'failed', failure: 'out_of_memory', error: '<b>out</b> of memory'};
    return {};
  }});
  const page = await open('/#/bad?failed=1');
  const isoflop = await figure(page, 'isoflop');
  assert.doesNotMatch(await isoflop.locator('svg.plot').innerHTML(), /NaN|Infinity/);
  await page.goto(`${coordinator.base}/#/bad/trials?where=state:failed&columns=error`);
  await page.getByText('<b>out</b> of memory').first().waitFor();
  assertQuiet(page);
  await page.context().close();
});

test('failures alone: no picture of losses, and a sentence that says why', async () => {
  await sobolCampaign(coordinator, 'lost', 6);
  await worker.trainAll({ending: () => ({state: 'diverged', error: 'it rose'})});
  const page = await open('/#/lost');
  await page.getByText('No prediction yet').waitFor();
  assert.equal(await page.locator('.warnings, .nothing').count() > 0, true);
  await page.context().close();
});
