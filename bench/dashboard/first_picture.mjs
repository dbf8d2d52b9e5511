// Visits of a browser that has nothing kept: from the navigation until an element
// is there and painted, with what was received until then.
import {gzipSync} from 'node:zlib';

const VISITS = 5;

// What compression saves of answers that came without it.
async function saved(responses) {
  let bytes = 0;
  for (const response of responses) {
    const headers = response.headers();
    if (headers['content-encoding'] || /event-stream/.test(headers['content-type'] ?? '')) continue;
    const body = await response.body().catch(() => Buffer.alloc(0));
    bytes += Math.max(0, body.length - gzipSync(body, {level: 1}).length);
  }
  return bytes;
}

export async function visit(browser, address, selector) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const network = await context.newCDPSession(page);
  await network.send('Network.enable');
  await network.send('Performance.enable', {timeDomain: 'threadTicks'});
  let bytes = 0, requests = 0;
  network.on('Network.requestWillBeSent', () => { ++requests; });
  network.on('Network.dataReceived', event => { bytes += event.encodedDataLength; });
  network.on('Network.responseReceived', event => { bytes += event.response.encodedDataLength; });
  const responses = [];
  page.on('requestfinished', async request => responses.push(await request.response()));
  const begin = Date.now();
  await page.goto(address, {waitUntil: 'commit'});
  const painted = await page.waitForSelector(selector, {state: 'attached', timeout: 300000})
      .then(() => page.evaluate(() => new Promise(done => requestAnimationFrame(() => done(Date.now())))));
  const seen = {rough: await page.getByText('Intervals are rough').count() > 0, seconds: (painted - begin) / 1000, bytes, requests};
  const {metrics} = await network.send('Performance.getMetrics');
  seen.cpu = metrics.find(one => one.name === 'TaskDuration').value;
  seen.compressed = seen.bytes - await saved(responses.filter(Boolean));
  await context.close();
  return seen;
}

// The median over five.
export async function firstPicture(browser, address, selector) {
  const visits = [];
  for (let i = 0; i < VISITS; ++i) visits.push(await visit(browser, address, selector));
  visits.sort((a, b) => a.seconds - b.seconds);
  return visits[Math.floor(VISITS / 2)];
}
