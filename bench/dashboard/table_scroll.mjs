// How smoothly the table of all trials scrolls, and how long a sort takes: the
// frames that Chromium draws while each moves the table on, slowly as a wheel
// does, and by more than a screen as a scroll bar does. A frame that shows a
// place without rows is `blank`.
import {openPage} from '../../tests/dashboard/pages/browser.mjs';

const FRAMES = 300;
const SPEEDS = {wheel: 120, bar: 1500};  // pixels a frame

// Runs in the page. Frames come at the screen's rate, 60 a second, or later.
function scroll([pixels, frames]) {
  const grid = document.querySelector('.grid');
  grid.scrollTop = 0;
  return new Promise(done => {
    const times = [];
    let blank = 0;
    const frame = time => {
      const seen = grid.getBoundingClientRect(), rows = grid.querySelectorAll('.grid-row:not(.grid-head)');
      const head = grid.querySelector('.grid-head').getBoundingClientRect().bottom;
      if (!(rows.length > 0 && rows[0].getBoundingClientRect().top <= head && rows[rows.length - 1].getBoundingClientRect().bottom >= seen.bottom - 1)) ++blank;
      times.push(time);
      if (times.length > frames) return done({times, blank, rows: Math.round(grid.scrollTop / 30)});
      grid.scrollTop += pixels;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
}

// Runs in the page: until the rows are in another order and painted.
async function sort() {
  const first = () => document.querySelector('.grid-row:not(.grid-head)').id;
  document.querySelector('.grid').scrollTop = 0;
  await new Promise(requestAnimationFrame);
  const before = first(), begin = performance.now();
  document.querySelector('.grid-head [title="number"]').click();  // by which it is sorted: now the last is first
  for (;;) {
    await new Promise(requestAnimationFrame);
    if (first() !== before) return performance.now() - begin;
  }
}

export async function tableScroll(browser, base, trials) {
  const context = await browser.newContext({viewport: {width: 1440, height: 900}});
  const page = await openPage(context, `${base}/#/big/trials`);
  await page.locator('.grid-row:not(.grid-head)').first().waitFor();
  await page.getByText('reading…').waitFor({state: 'hidden'});
  const network = await context.newCDPSession(page);
  await network.send('Performance.enable', {timeDomain: 'threadTicks'});
  const cpu = async () => (await network.send('Performance.getMetrics')).metrics.find(one => one.name === 'TaskDuration').value * 1000;
  for (const [name, pixels] of Object.entries(SPEEDS)) {
    const used = await cpu();
    const {times, blank, rows} = await page.evaluate(scroll, [pixels, FRAMES]);
    const busy = await cpu() - used;
    const apart = times.slice(1).map((time, i) => time - times[i]).sort((a, b) => a - b);
    console.log(`table trials=${trials} scroll=${name} frames_per_s=${(1000 * FRAMES / (times.at(-1) - times[0])).toFixed(1)} p95_frame_ms=${apart[Math.floor(FRAMES * 0.95)].toFixed(1)} ` +
        `longest_frame_ms=${apart.at(-1).toFixed(1)} main_thread_ms_per_frame=${(busy / FRAMES).toFixed(1)} blank_frames=${blank} rows=${rows}`);
  }
  console.log(`table trials=${trials} sort_ms=${(await page.evaluate(sort)).toFixed(0)}`);
  await context.close();
}
