// What the page tests of a file rest on. node runs each file in a process of
// its own, so there is one of each.
import {after, before} from 'node:test';
import {launch, openPage} from './browser.mjs';
import {Coordinator} from './coordinator.mjs';
import {FakeWorker} from './fake_worker.mjs';

// There from before the first test until after the last. The worker is unknown
// to the coordinator until a test has it register.
export let coordinator, browser, worker;

// Makes them, and then does what `prepare` says.
export function setUp(prepare = async () => {}) {
  before(async () => {
    coordinator = await Coordinator.start();
    browser = await launch();
    worker = new FakeWorker(coordinator);
    await prepare();
  });
  after(async () => {
    await browser?.close();
    await coordinator?.close();
  });
}

// A page in a browser context of its own, at an address such as `/#/c1`.
export async function open(address, options = {}) {
  return openPage(await browser.newContext(options), coordinator.base + address);
}
