// Without a mouse, and on paper.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {assertQuiet, figure} from '../browser.mjs';
import {gridCampaign} from '../fake_worker.mjs';
import {coordinator, open, setUp, worker} from '../setup.mjs';

let page;
setUp(async () => {
  await worker.register();
  await gridCampaign(coordinator, 'c1');
  await worker.trainAll();
  page = await open('/#/c1');
});

test('arrows walk the points of a figure and Enter opens the trial', async () => {
  const isoflop = await figure(page, 'isoflop');
  await isoflop.locator('.panel-picture').focus();
  await page.keyboard.press('ArrowRight');
  const first = await isoflop.locator('.read-out').innerText();
  await page.keyboard.press('ArrowRight');
  const second = await isoflop.locator('.read-out').innerText();
  assert.ok(first.trim() && second.trim() && first !== second);
  await page.keyboard.press('Enter');
  await page.locator('.card').waitFor();
  assert.match(page.url(), /sel=\d+/);
  await page.getByText('Why it was proposed').waitFor();
  // The first lets go of the point.
  await page.keyboard.press('Escape');
  await page.locator('.card').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('.card').waitFor({state: 'detached'});
  assert.doesNotMatch(page.url(), /sel=/);
});

test('points that are walked are played as tones, if that is turned on', async () => {
  await page.evaluate(() => {
    window.tones = [];
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function(...at) {
      window.tones.push(this.frequency.value);
      return start.apply(this, at);
    };
  });
  const picture = (await figure(page, 'isoflop')).locator('.panel-picture');
  await picture.focus();
  await page.keyboard.press('Home');
  assert.deepEqual(await page.evaluate(() => window.tones), []);
  await page.keyboard.press('s');
  await page.getByText('Points are played as tones').waitFor({state: 'attached'});
  // From the smallest size towards the best: the loss falls, and so do tones.
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  const [first, second] = await page.evaluate(() => window.tones);
  assert.ok(first > second && second >= 220, `${first} ${second}`);
  await page.keyboard.press('s');
});

test('keys lead to every view, to the filter and to the list of keys', async () => {
  await page.locator('main').focus();
  await page.keyboard.press('g');
  await page.keyboard.press('t');
  await page.locator('.grid').waitFor();
  assert.match(page.url(), /#\/c1\/trials/);
  await page.keyboard.press('?');
  await page.getByRole('dialog', {name: 'Keys'}).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog', {name: 'Keys'}).waitFor({state: 'detached'});
  await page.keyboard.press('/');
  await page.keyboard.type('depth>>4');
  await page.keyboard.press('Enter');
  await page.locator('.filter-says .fault').waitFor();
  assert.match(await page.locator('.filter-says .fault').innerText(), /\^/);
  await page.locator('#filter').fill('depth>2');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => /of \d+ trials/.test(document.querySelector('.filter-says')?.textContent ?? ''));
  assert.match(decodeURIComponent(page.url()), /where=depth>2/);
});

test('the palette takes what is typed at once', async () => {
  await page.keyboard.press('Escape');
  await page.locator('main').focus();
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').waitFor();
  await page.keyboard.type('workers');
  await page.getByRole('option').first().and(page.getByText('Workers:')).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', {name: 'Progress'}).waitFor();
  assert.match(page.url(), /\/workers/);
  await page.keyboard.press('g');
  await page.keyboard.press('t');
});

test('the table is walked by keys, and a row opened', async () => {
  await page.locator('.grid').focus();
  await page.keyboard.press('End');
  await page.keyboard.press('ArrowUp');
  const trial = (await page.locator('.grid-row.at').getAttribute('id')).replace('row-', '');
  await page.keyboard.press('Enter');
  await page.getByRole('complementary', {name: `Trial ${trial}`}).waitFor();
});

test('the way back leads through the views', async () => {
  await page.goto(`${coordinator.base}/#/c1`);
  await page.getByRole('link', {name: 'Trends'}).click();
  await figure(page, 'trends');
  await page.goBack();
  await figure(page, 'isoflop');
});

test('paper gets the picture and nothing to click', async () => {
  const inkOnDark = page.locator('figure[data-kind="isoflop"] svg.plot [stroke="#ececf0"]');
  await page.emulateMedia({colorScheme: 'dark'});
  await inkOnDark.first().waitFor({state: 'attached'});
  await page.emulateMedia({media: 'print', colorScheme: 'dark'});
  await inkOnDark.first().waitFor({state: 'detached'});
  assert.equal(await page.locator('.tabs').isVisible(), false);
  assert.equal(await page.locator('.figure-tools').first().isVisible(), false);
  assert.equal(await page.locator('figure[data-kind="isoflop"] svg.plot').isVisible(), true);
  assertQuiet(page);
});
