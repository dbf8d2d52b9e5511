// What a phone's table says in little room.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {assertQuiet} from '../browser.mjs';
import {sobolCampaign} from '../fake_worker.mjs';
import {coordinator, open, setUp, worker} from '../setup.mjs';

const STATES = ['pending', 'leased', 'succeeded', 'failed', 'diverged', 'stopped', 'cancelled'];

setUp(async () => {
  await worker.register();
  await sobolCampaign(coordinator, 'c1', 12);
  await worker.trainAll({most: 6});
});

test('states of trials are told apart without colours', async () => {
  const page = await open('/#/c1/trials', {viewport: {width: 360, height: 740}});
  await page.locator('.grid .state-succeeded').first().waitFor();
  const marks = await page.evaluate(states => {
    const cells = [...document.querySelectorAll('.grid [role="gridcell"] .state')];
    return states.map((state, i) => {
      // Every state in the place of one that is there.
      const cell = cells[i];
      cell.className = `state state-${state}`;
      cell.title = cell.firstChild.textContent = state;
      const mark = getComputedStyle(cell, '::before');
      const letter = document.createRange();
      letter.setStart(cell.firstChild.firstChild, 0);
      letter.setEnd(cell.firstChild.firstChild, 1);
      return {form: [mark.width, mark.height, mark.borderTopWidth, mark.borderRadius, mark.transform, mark.backgroundImage === 'none'].join(' '),
        letter: letter.getBoundingClientRect().width, whole: cell.scrollWidth <= cell.closest('[role="gridcell"]').clientWidth};
    });
  }, STATES);
  assert.equal(new Set(marks.map(({form}) => form)).size, STATES.length, JSON.stringify(marks));
  for (const {letter, whole} of marks) assert.ok(letter > 5 && whole, JSON.stringify(marks));
  assertQuiet(page);
});
