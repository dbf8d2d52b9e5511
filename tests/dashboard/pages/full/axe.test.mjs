// No violation of accessibility rules in any view, light or dark, and nothing
// wider than a phone.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {load, openPage, VIEWS} from '../browser.mjs';
import {gridCampaign, variedCampaign} from '../fake_worker.mjs';
import {browser, coordinator, setUp, worker} from '../setup.mjs';

const {AxeBuilder} = load('@axe-core/playwright');
setUp(async () => {
  await worker.register();
  await gridCampaign(coordinator, 'c1');
  await worker.trainAll({curves: true});
  await variedCampaign(coordinator, 'v1');
  await worker.trainAll();
  await gridCampaign(coordinator, 'empty');
});

// Every picture of the view is there, or the reason why it is not.
async function settled(page) {
  await page.waitForFunction(() => document.querySelectorAll('.waiting').length === 0 &&
    [...document.querySelectorAll('figure[data-kind]')].every(figure => figure.querySelector('svg.plot, .nothing')));
}

async function violations(page) {
  const {violations} = await new AxeBuilder({page}).analyze();
  return violations.map(one => `${one.id}: ${one.nodes.map(node => node.html.slice(0, 120)).slice(0, 3).join(' | ')}`);
}

for (const colorScheme of ['light', 'dark']) {
  for (const address of ['/#/', ...VIEWS.map(view => `/#/c1/${view}`), '/#/c1?sel=3', '/#/c1?ended=9', '/#/c1/trials?lines=1&trials=1,2',
    '/#/c1/shapes?law=shape',
    '/#/v1/variants', '/#/v1/trials', '/#/v1?color=variant', '/#/v1/curves?color=variant', '/#/v1/shapes?color=variant', '/#/c1/diagnostics?cost=parameters&most=60000', '/#/?campaigns=c1,empty', '/#/empty', '/#/empty/trials', '/#/empty/workers']) {
    test(`${address} ${colorScheme}`, async () => {
      const context = await browser.newContext({colorScheme, bypassCSP: true});
      const page = await openPage(context, coordinator.base + address);
      await settled(page);
      assert.deepEqual(await violations(page), []);
      await page.setViewportSize({width: 360, height: 740});
      await page.waitForFunction(() => document.documentElement.scrollWidth <= innerWidth);
      await context.close();
    });
  }
}

test('the form of a new campaign', async () => {
  const context = await browser.newContext({bypassCSP: true});
  const page = await openPage(context, `${coordinator.base}/#/`);
  await page.getByRole('button', {name: 'New campaign'}).click();
  for (const summary of await page.locator('dialog details > summary').all()) await summary.click();
  assert.deepEqual(await violations(page), []);
  await context.close();
});
