import {signal} from '@preact/signals';
import {turnSound} from '../figure/sound';
import {goTo, params, route, setParams, VIEWS} from './route';
import {switchTheme} from './theme';

// Keys of the whole page. Those of a figure and of the table are where these
// are, and are listed here too, since the list of keys shows all.

export const KEYS: readonly (readonly [string, string])[] = [
  ['?', 'this list'],
  ['Ctrl K', 'go to a campaign, a view or a trial by its name'],
  ['/', 'filter of trials'],
  ['g h', 'all campaigns'],
  ...VIEWS.map(view => [`g ${view.key}`, view.name] as const),
  ['x', 'show failed trials, or hide them'],
  ['d', 'dark or light'],
  ['s', 'the points that keys walk as tones, high for a large value, or not'],
  ['Esc', 'close, or show the whole range of a figure'],
  ['← →', 'in a figure: the point before, the next one'],
  ['↑ ↓', 'in a figure: another series; in the table: another row'],
  ['Home End', 'the first, the last'],
  ['Enter', 'open the trial'],
];

export const helpOpen = signal(false);
export const paletteOpen = signal(false);

const typing = (target: EventTarget | null) => target instanceof HTMLElement &&
  (target.matches('input, textarea, select') || target.isContentEditable);

// A `g` waits for the key of a view.
let waiting = false;

function follow(key: string): boolean {
  const {campaign} = route.peek();
  if (key === 'h') goTo('');
  else {
    const view = VIEWS.find(one => one.key === key);
    if (!view || !campaign) return false;
    goTo(campaign, view.id);
  }
  return true;
}

function single(key: string): boolean {
  switch (key) {
    case '?': helpOpen.value = !helpOpen.value; return true;
    case '/': document.querySelector<HTMLInputElement>('#filter')?.focus(); return true;
    case 'x': setParams({failed: params.peek().failed ? undefined : '1'}); return true;
    case 'd': switchTheme(); return true;
    case 's': turnSound(); return true;
    case 'Escape':
      if (!params.peek().sel) return false;
      setParams({sel: undefined}, false);
      return true;
    default: return false;
  }
}

export function listenToKeys() {
  addEventListener('keydown', event => {
    if ((event.ctrlKey || event.metaKey) && event.key === 'k') {
      paletteOpen.value = true;
      event.preventDefault();
      return;
    }
    // A figure has its own use for some.
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector('dialog[open]')) return;
    const done = waiting ? follow(event.key) : single(event.key);
    waiting = !waiting && event.key === 'g';
    if (done) event.preventDefault();
  });
}
