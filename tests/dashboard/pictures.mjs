// The pictures of docs/dashboard.md, from a coordinator that runs: a campaign
// of the demo, of which one trial is shown, and one that has variants.
//   ISOSHAPE_NODE_MODULES=.deps/dashboard/node_modules \
//   node tests/dashboard/pictures.mjs LINK CAMPAIGN TRIAL LINK-OF-VARIED VARIED FOLDER
import {join, resolve} from 'node:path';

process.env.ISOSHAPE_NODE_MODULES = resolve(process.env.ISOSHAPE_NODE_MODULES ?? '.deps/dashboard/node_modules');
const {assertQuiet, launch, openPage} = await import('./pages/browser.mjs');
const [link, campaign, trial, variedLink, varied, folder] = process.argv.slice(2);
const browser = await launch();

// Without its picture if `path` is undefined: its bytes come back.
async function shoot(address, {width, height, path, dark = false, from}) {
  const context = await browser.newContext({viewport: {width, height}, colorScheme: dark ? 'dark' : 'light'});
  const page = await openPage(context, address);
  await page.waitForFunction(() => document.querySelectorAll('main > *').length > 0 && document.querySelectorAll('.waiting').length === 0 &&
    [...document.querySelectorAll('figure[data-kind]')].every(figure => figure.getAttribute('aria-busy') === 'false'));
  // What is read out of a trial comes with it.
  if (address.includes('sel=')) await page.getByRole('heading', {name: 'Why it was proposed'}).waitFor();
  if (from) await page.locator(from).first().evaluate(element => element.scrollIntoView({block: 'start'}));
  const bytes = await page.screenshot({animations: 'disabled', ...path && {path: join(folder, path)}});
  assertQuiet(page);
  await context.close();
  return bytes;
}

const of = view => `${link.replace(/\/$/, '')}/#/${campaign}${view}`;
await shoot(of(''), {width: 1200, height: 1060, path: 'dashboard-overview.png'});
await shoot(of('/prediction'), {width: 1200, height: 1240, path: 'dashboard-prediction.png'});
await shoot(of('/shapes?law=shape'), {width: 1200, height: 860, path: 'dashboard-shapes.png'});
await shoot(of(`/trials?lines=1&sel=${trial}`), {width: 1440, height: 900, path: 'dashboard-trial.png'});
await shoot(`${variedLink.replace(/\/$/, '')}/#/${varied}/variants`, {width: 1200, height: 900, path: 'dashboard-variants.png'});

// Three phones beside each other.
const phone = {width: 360, height: 900};
const phones = [
  await shoot(of(''), phone),
  await shoot(of('/trends'), {...phone, dark: true, from: 'figure'}),
  await shoot(of('/trials'), phone),
];
const page = await browser.newPage({viewport: {width: 1176, height: 900}});
await page.setContent(`<body style="margin:0;padding:0 16px;display:flex;gap:32px;background:#d8dae0">${phones.map(bytes =>
  `<img src="data:image/png;base64,${bytes.toString('base64')}">`).join('')}</body>`);
await page.screenshot({path: join(folder, 'dashboard-phone.png')});
await browser.close();
