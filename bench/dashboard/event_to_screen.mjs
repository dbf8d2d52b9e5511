// From the answer of CompleteTrial, when the event is on disk, until the page
// shows it: the count of ended trials in its head.
import {sobolCampaign} from '../../tests/dashboard/pages/fake_worker.mjs';
import {openPage} from '../../tests/dashboard/pages/browser.mjs';

const EVENTS = 60;

export async function eventToScreen(browser, coordinator, worker) {
  await sobolCampaign(coordinator, 'events', EVENTS);
  const page = await openPage(await browser.newContext(), `${coordinator.base}/#/events/trials`);
  await page.locator('.grid-row .state-pending').first().waitFor();
  await page.evaluate(() => {
    window.seen = [];
    const text = () => Number(document.querySelector('.head .progress-text')?.textContent?.split('/')[0] ?? 0);
    new MutationObserver(() => window.seen.push([text(), Date.now()]))
        .observe(document.querySelector('.head'), {subtree: true, characterData: true, childList: true});
  });
  const done = [];
  const leases = [...await worker.lease(EVENTS)];
  for (const lease of leases) {
    await worker.complete(lease);
    done.push(Date.now());
    await new Promise(next => setTimeout(next, 97));
  }
  await page.locator('.head .progress-text', {hasText: `${leases.length} /`}).waitFor();
  const seen = await page.evaluate(() => window.seen);
  const waits = done.map((at, i) => seen.find(([count]) => count >= i + 1)[1] - at).sort((a, b) => a - b);
  const share = part => waits[Math.min(waits.length - 1, Math.floor(waits.length * part))];
  console.log(`event_to_screen_ms p50=${share(0.5)} p95=${share(0.95)} events=${waits.length}`);
  await page.context().close();
}
