// The measurements of bench/dashboard.sh, a line each.
import {readFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {brotliCompressSync, gzipSync} from 'node:zlib';
import {launch} from '../../tests/dashboard/pages/browser.mjs';
import {Coordinator} from '../../tests/dashboard/pages/coordinator.mjs';
import {FakeWorker} from '../../tests/dashboard/pages/fake_worker.mjs';
import {campaignOf} from './campaign.mjs';
import {eventToScreen} from './event_to_screen.mjs';
import {firstPicture, visit} from './first_picture.mjs';
import {callsWithPages} from './open_pages.mjs';
import {OptunaDashboard} from './optuna.mjs';
import {tableScroll} from './table_scroll.mjs';

const counts = process.argv.slice(2).map(Number);
if (counts.length === 0) counts.push(10000);

// Beyond so many the peer has no picture within the patience of a visit, and
// neither has a report the figures of all methods.
const PEER_AT_MOST = 10_000, REPORT_AT_MOST = 20_000;
const PICTURE = 'figure[data-kind="isoflop"] svg.plot';

function sizes() {
  const folder = join(process.env.ISOSHAPE_ROOT, 'build/release/dashboard/www');
  for (const name of readdirSync(folder).filter(one => /^app-.*\.(js|css)$/.test(one))) {
    const bytes = readFileSync(join(folder, name));
    console.log(`file=${name.replace(/-.*\./, '.')} raw_kb=${(bytes.length / 1000).toFixed(1)} ` +
        `brotli_kb=${(brotliCompressSync(bytes).length / 1000).toFixed(1)} gzip_kb=${(gzipSync(bytes).length / 1000).toFixed(1)}`);
  }
}

// Sends a call again if its connection was closed as it went out, as a client
// of HTTP may: a coordinator that is short of connections closes idle ones.
class PatientWorker extends FakeWorker {
  async complete(lease, ending) {
    await again(() => super.complete(lease, ending));
  }

  async lease(count, wait) {
    return again(() => super.lease(count, wait));
  }
}

async function again(call) {
  try {
    return await call();
  } catch (error) {
    if (error.cause?.code !== 'UND_ERR_SOCKET') throw error;
    return call();
  }
}

async function ours(browser, wanted, compared) {
  const coordinator = await Coordinator.start();
  try {
    const worker = new PatientWorker(coordinator);
    await worker.register();
    const trials = await campaignOf(coordinator, 'big', wanted);
    await worker.trainAll({most: trials});
    const picture = () => firstPicture(browser, coordinator.base, PICTURE);
    const cold = await picture();
    const warm = await picture();
    report(`isoshape trials=${trials} cold=1`, cold);
    report(`isoshape trials=${trials}`, warm);
    const rows = await firstPicture(browser, `${coordinator.base}/#/big/trials`, '.grid-row:not(.grid-head)');
    report(`isoshape trials=${trials} table=1`, rows);
    await tableScroll(browser, coordinator.base, trials);
    await afterStart(browser, coordinator, trials);
    if (trials <= REPORT_AT_MOST) await reportOf(coordinator, trials);
    if (compared) {
      await worker.register();
      await eventToScreen(browser, coordinator, worker);
      await callsWithPages(coordinator, worker);
    }
    return warm;
  } finally {
    await coordinator.close();
  }
}

// The first visit to a coordinator that begins: trials are read and fitted anew.
// A picture with rough intervals comes first if this takes long.
async function afterStart(browser, coordinator, trials) {
  await coordinator.kill();
  await coordinator.restart();
  const first = await visit(browser, coordinator.base, PICTURE);
  const whole = await visit(browser, coordinator.base, `figure[data-kind="isoflop"][aria-busy="false"] svg.plot`);
  console.log(`isoshape trials=${trials} after_start=1 first_picture_s=${first.seconds.toFixed(3)} rough=${Number(first.rough)} ` +
      `exact_intervals_s=${(first.seconds + whole.seconds).toFixed(3)}`);
}

// `compressed_kb`: what another machine receives; a loopback client is sent
// answers as they are. `main_thread_s`: processor time of the page's main thread,
// whatever else the machine does.
function report(what, {seconds, bytes, compressed, requests, cpu}) {
  console.log(`${what} first_picture_s=${seconds.toFixed(3)} main_thread_s=${cpu.toFixed(3)} received_kb=${(bytes / 1000).toFixed(1)} ` +
      `compressed_kb=${(compressed / 1000).toFixed(1)} requests=${requests}`);
}

// The file that a campaign is sent as: every figure asked for the first time,
// and again.
async function reportOf(coordinator, trials) {
  for (const again of [0, 1]) {
    const begin = performance.now();
    const response = await fetch(`${coordinator.base}/v1/campaigns/big/report.html`);
    const bytes = (await response.arrayBuffer()).byteLength;
    if (!response.ok) throw new Error(`the report was answered with ${response.status}`);
    console.log(`report trials=${trials} again=${again} seconds=${((performance.now() - begin) / 1000).toFixed(1)} kb=${(bytes / 1000).toFixed(0)}`);
  }
}

const load = () => readFileSync('/proc/loadavg', 'utf8').split(' ')[0];

sizes();
console.log(`load=${load()}`);
const browser = await launch();
try {
  const results = [];
  for (const trials of counts) results.push(await ours(browser, trials, trials === counts[0]));
  if (counts[0] <= PEER_AT_MOST) {
    const peer = await OptunaDashboard.start(counts[0]);
    try {
      const theirs = await firstPicture(browser, peer.base, '.js-plotly-plot .main-svg');
      report(`optuna-dashboard trials=${counts[0]}`, theirs);
      console.log(`ratio=${(theirs.seconds / results[0].seconds).toFixed(2)} bytes_ratio=${(theirs.bytes / results[0].bytes).toFixed(1)}`);
    } finally {
      peer.close();
    }
  } else {
    console.log(`optuna-dashboard is compared up to ${PEER_AT_MOST} trials`);
  }
} finally {
  console.log(`load=${load()}`);
  await browser.close();
}
