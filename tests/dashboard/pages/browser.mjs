// Debian's Chromium, and a page that complains of nothing.
import assert from 'node:assert/strict';
import {createRequire} from 'node:module';
import {join} from 'node:path';

export const modules = process.env.ISOSHAPE_NODE_MODULES;
export const load = createRequire(join(modules, 'x.js'));
const {chromium} = load('playwright-core');

export function launch() {
  return chromium.launch({
    executablePath: process.env.ISOSHAPE_CHROMIUM ?? '/usr/bin/chromium',
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
}

const HANGS_MS = 180_000;

// Opens a page of the coordinator; `complaints` gets what the console and the
// content security policy say against it. That the coordinator is away, or
// refuses what the trials cannot answer yet (400), is no complaint.
export async function openPage(context, address) {
  const page = await context.newPage();
  // Waits end when what they wait for is there; the limit is for what hangs.
  page.setDefaultTimeout(HANGS_MS);
  page.complaints = [];
  page.on('pageerror', error => page.complaints.push(String(error.stack)));
  page.on('console', message => {
    const text = message.text();
    if (message.type() === 'error' && !/ERR_CONNECTION|ERR_SOCKET_NOT_CONNECTED|ERR_INCOMPLETE|ERR_EMPTY_RESPONSE|status of 400/.test(text)) {
      page.complaints.push(text);
    }
  });
  await page.goto(address);
  return page;
}

export function assertQuiet(page) {
  assert.deepEqual(page.complaints, []);
}

// The figure of a kind, when its picture is there.
export async function figure(page, kind) {
  const found = page.locator(`figure[data-kind="${kind}"]`);
  await found.locator('svg.plot').first().waitFor();
  return found;
}

export const VIEWS = ['', 'prediction', 'trends', 'variants', 'methods', 'shapes', 'curves', 'diagnostics', 'trials', 'workers'];
