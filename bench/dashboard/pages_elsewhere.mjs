// Pages that are open somewhere: pages_elsewhere.mjs BASE CAMPAIGN COUNT. One is
// a page in Chromium. Each of the others holds the stream of events that a page
// holds, and asks for whatever that page asks for, a little later, as pages that
// were opened at other moments do. Writes `open` when all are open; when its
// input ends, it writes what they received meanwhile and ends.
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import http from 'node:http';
import {launch, openPage} from '../../tests/dashboard/pages/browser.mjs';

const [base, campaign, count] = process.argv.slice(2);

// Between two questions of one page for one figure (PAUSE_MS of
// dashboard/src/api/asker.ts): pages are spread over that time.
const PHASE_MS = 800;

// What dashboard/src/api/live.ts asks for: LIVE_COLUMNS, out of the source that has them.
const source = readFileSync(new URL('../../dashboard/src/api/columns.ts', import.meta.url), 'utf8');
const COLUMNS = [...source.match(/LIVE_COLUMNS = \[([^\]]+)\]/)[1].matchAll(/'(\w+)'/g)].map(match => match[1]).join(',');

const received = {requests: 0, bytes: 0};

function send(agent, path, {method = 'GET', headers = {}, body, read = () => {}} = {}) {
  return new Promise((opened, failed) => {
    http.request(`${base}${path}`, {agent, method, headers}, response => {
      response.on('data', bytes => {
        received.bytes += bytes.length;
        read(bytes);
      });
      response.on('error', () => {});
      opened(response.statusCode);
    }).on('error', failed).end(body);
  });
}

// Fifty pages, the worker's calls side by side and the page in Chromium are to
// find room in the connections that a coordinator takes.
const SOCKETS = 1;
const others = Array.from({length: Number(count) - 1}, (_, i) => ({
  agent: new http.Agent({keepAlive: true, maxSockets: SOCKETS}), delay: PHASE_MS * (i + 1) / Number(count),
}));
// The newest event that they have heard of: all hear of a batch together.
let heard = 0;
const listen = bytes => {
  for (const [, id] of bytes.toString('latin1').matchAll(/^id: ?(\d+)$/gm)) heard = Math.max(heard, Number(id));
};
await Promise.all(others.map((_, i) => send(false, `/v1/events?measured=1&columns=${COLUMNS}`, i === 0 ? {read: listen} : {})));

const browser = await launch();
const page = await openPage(await browser.newContext(), `${base}/#/${campaign}`);
await page.locator('.head .progress-text').waitFor();
let ended = false;
page.on('request', request => {
  const path = request.url().slice(base.length);
  if (!request.url().startsWith(base) || path.startsWith('/v1/events')) return;
  const body = request.postData() ?? undefined, method = request.method();
  const headers = body === undefined ? {} : {'Content-Type': 'application/json'};
  ++received.requests;
  for (const {agent, delay} of others) {
    setTimeout(() => {
      if (ended) return;
      ++received.requests;
      send(agent, path.replace(/as_of=\d+/, `as_of=${heard}`), {method, headers, body}).catch(() => {});
    }, delay);
  }
});
received.requests = received.bytes = 0;
console.log('open');
process.stdin.resume();
await once(process.stdin, 'end');
ended = true;
console.log(JSON.stringify(received));
await browser.close();
process.exit(0);
