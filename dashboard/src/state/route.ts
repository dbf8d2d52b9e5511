import {computed, signal} from '@preact/signals';

// Where the page is, as its address says: `#/c1/trials?where=depth>4&sel=12`.
// All that a reader may want to send to another is here and nowhere else.
export interface Route {
  // Short name of the campaign; empty: the list of all.
  campaign: string;
  view: View;
  params: Readonly<Params>;
}

// Keys of an address; only what differs from the default is in it.
export interface Params {
  // Filter of trials, for every figure and the table.
  where?: string;
  // How the trials are trained that figures and fits rest on; the table, curves
  // and progress are of all if it is not there, all else of `base`.
  variant?: string;
  // The trial that is looked at, by number.
  sel?: string;
  // `1`: failed, diverged and excluded trials are shown too.
  failed?: string;
  // `1`: figures and fits rest on imported runs too.
  imported?: string;
  // `-validation_loss`: largest first.
  sort?: string;
  // Of the table, beside those that it always has.
  columns?: string;
  // `1`: with parallel coordinates over the table.
  lines?: string;
  // `KIND.PANEL:x0,x1,y0,y1`.
  zoom?: string;
  // `variant`: figures are of all variants, which have a colour each.
  color?: string;
  // What the views ask of the analysis.
  budget?: string;
  target?: string;
  law?: string;
  rule?: string;
  cost?: string;
  // The most that may be spent of the cost.
  most?: string;
  limits?: string;
  // The variant that others are compared with.
  reference?: string;
  // Trials whose curves, or details, are compared.
  trials?: string;
  // A replay: how many trials had ended.
  ended?: string;
  // Campaigns that are compared, by short name, on the page of all.
  campaigns?: string;
}

export const VIEWS = [
  {id: 'overview', name: 'Overview', key: 'i', tells: 'which shape to train, and the isoFLOP curves'},
  {id: 'prediction', name: 'Prediction', key: 'p', tells: 'best shapes under limits, and predictions against measurements'},
  {id: 'trends', name: 'Trends', key: 'n', tells: 'how the best size, tokens and loss grow with compute'},
  {id: 'variants', name: 'Variants', key: 'v', tells: 'what another way of training changes, by pairs of trials'},
  {id: 'methods', name: 'Methods', key: 'm', tells: 'exponents by several methods side by side'},
  {id: 'shapes', name: 'Shapes', key: 's', tells: 'depth and width, and their ratio, at equal FLOPs'},
  {id: 'curves', name: 'Curves', key: 'c', tells: 'training curves of each budget'},
  {id: 'diagnostics', name: 'Diagnostics', key: 'd', tells: 'residuals, envelope, surface and costs'},
  {id: 'trials', name: 'Trials', key: 't', tells: 'every trial in a table'},
  {id: 'workers', name: 'Workers', key: 'w', tells: 'who trains what, and how far the campaign is'},
] as const;
export type View = typeof VIEWS[number]['id'];

// What goes along when the view changes.
const SHARED = ['where', 'variant', 'sel', 'failed', 'imported', 'target', 'trials'] as const;

// As in a query, but readable: what a filter is made of stays as it is, but for
// what browsers encode themselves.
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll('%20', '+').replace(/%(3A|3D|2C|21|2F)/g, decodeURIComponent);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

function parse(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [campaign = '', view = ''] = path.split('/').map(decode);
  const params: Record<string, string> = {};
  for (const part of query.split('&')) {
    const at = part.indexOf('=');
    if (at > 0) params[part.slice(0, at)] = decode(part.slice(at + 1));
  }
  const known = VIEWS.find(one => one.id === view)?.id ?? 'overview';
  return {campaign, view: known, params};
}

export function href(campaign: string, view: View = 'overview', params: Params = {}): string {
  const query = Object.entries(params).filter(([, value]) => value)
      .map(([key, value]) => `${key}=${encode(String(value))}`).join('&');
  const path = campaign ? `${encode(campaign)}${view === 'overview' ? '' : `/${view}`}` : '';
  return `#/${path}${query ? `?${query}` : ''}`;
}

export const route = signal(parse(location.hash));
export const params = computed(() => route.value.params);
export const campaignName = computed(() => `campaigns/${route.value.campaign}`);

addEventListener('hashchange', () => { route.value = parse(location.hash); });

// `replace`: without a step of its own for the button that goes back.
function navigate(address: string, replace: boolean) {
  if (address === location.hash) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', address);
  route.value = parse(address);
}

export function goTo(campaign: string, view: View = 'overview', also: Params = {}) {
  navigate(hrefOfView(campaign, view, also), false);
}

// Of another view, with what both share.
export function hrefOfView(campaign: string, view: View, also: Params = {}): string {
  const kept: Params = {};
  if (campaign === route.value.campaign) {
    for (const key of SHARED) {
      const value = params.value[key];
      if (value) kept[key] = value;
    }
  }
  return href(campaign, view, {...kept, ...also});
}

export function setParams(changes: Params, replace = true) {
  const {campaign, view} = route.value;
  navigate(href(campaign, view, {...params.peek(), ...changes}), replace);
}
