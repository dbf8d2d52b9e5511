import type * as Plot from '@observablehq/plot';
import type {FigureAxis, FigureSeries} from 'generated/api';
import {inSeconds} from './axes';
import {lookOf, overCells, pointColorOf, symbolPath, type Look} from './roles';
import {loss, short, count, localTime, scientific, seconds} from '../text/numbers';
import type {Frame, Scale, Setting} from './setting';

// Symbols with whiskers, one path for each series: a picture of 5,000 points is
// drawn in a few milliseconds and is small as a file.

const SVG = 'http://www.w3.org/2000/svg';

function path(d: string, attributes: Record<string, string | number>): SVGPathElement {
  const element = document.createElementNS(SVG, 'path');
  element.setAttribute('d', d);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}

interface Place {
  px: number;
  py: number;
  // The value is not finite: drawn at the edge of the panel.
  edge: boolean;
}

// A value that an axis has no place for: not finite, or not above 0 if the axis
// is logarithmic.
const placeless = (value: number | null | undefined, axis: FigureAxis | undefined) =>
  typeof value !== 'number' || !Number.isFinite(value) || (axis?.log === true && value <= 0);

// The end of an axis that a value without a place lies beyond: the upper one,
// but for what is not above 0 on a logarithmic one.
const beyondLower = (value: number | null | undefined) => typeof value === 'number' && value <= 0;
const INSIDE_EDGE = 5;

// Where mark i of a series is; undefined if it is outside of what is shown.
function placeOf(series: FigureSeries, i: number, setting: Setting, frame: Frame,
    x: (v: number) => number, y: (v: number) => number): Place | undefined {
  const vx = series.x?.[i], vy = series.y?.[i];
  const noX = placeless(vx, setting.panel.x), noY = placeless(vy, setting.panel.y);
  if (noX && noY) return undefined;
  const px = !noX ? x(vx as number) : beyondLower(vx) ? frame.left + INSIDE_EDGE : frame.right - INSIDE_EDGE;
  const py = !noY ? y(vy as number) : beyondLower(vy) ? frame.bottom - INSIDE_EDGE : frame.top + INSIDE_EDGE;
  const room = 0.5;
  if (px < frame.left - room || px > frame.right + room || py < frame.top - room || py > frame.bottom + room) {
    return undefined;
  }
  return {px, py, edge: noX || noY};
}

// One whisker, from the lower to the upper end; an open one ends in an arrow at
// the edge.
function whisker(at: number, lower: number | null | undefined, upper: number | null | undefined,
    scale: (v: number) => number, log: boolean, edges: readonly [number, number], vertical: boolean): string {
  const given = (v: number | null | undefined): v is number =>
    typeof v === 'number' && Number.isFinite(v) && !(log && v <= 0);
  if (!given(lower) && !given(upper)) return '';
  const clamp = (v: number) => Math.min(Math.max(v, Math.min(...edges)), Math.max(...edges));
  const a = given(lower) ? clamp(scale(lower)) : edges[0], b = given(upper) ? clamp(scale(upper)) : edges[1];
  const point = (along: number, across: number) => vertical ? `${across},${along}` : `${along},${across}`;
  let d = `M${point(a, at)}L${point(b, at)}`;
  // An end that is not shown has no cap.
  const outside = (v: number | null | undefined) => given(v) && Math.abs(clamp(scale(v)) - scale(v)) > 0.5;
  for (const [end, open, beyond] of [[a, !given(lower), outside(lower)], [b, !given(upper), outside(upper)]] as const) {
    if (open) {
      const inward = end === a ? Math.sign(b - a) * 5 : Math.sign(a - b) * 5;
      d += `M${point(end + inward, at - 3.5)}L${point(end, at)}L${point(end + inward, at + 3.5)}`;
    } else if (!beyond) {
      d += `M${point(end, at - 2.5)}L${point(end, at + 2.5)}`;
    }
  }
  return d;
}

function whiskers(series: FigureSeries, i: number, place: Place, setting: Setting, frame: Frame,
    x: (v: number) => number, y: (v: number) => number): string {
  return whisker(place.py, series.x_lower?.[i], series.x_upper?.[i], x, setting.panel.x?.log ?? false,
      [frame.left, frame.right], false) +
    whisker(place.px, series.y_lower?.[i], series.y_upper?.[i], y, setting.panel.y?.log ?? false,
        [frame.bottom, frame.top], true);
}

// The outlines of a crowd would cover what they surround.
function symbolStyle(look: Look, color: string, surface: string, crowded: boolean): Record<string, string | number> {
  if (look.symbol === 'cross') return {fill: 'none', stroke: color, 'stroke-width': 1.8};
  if (look.hollow) return {fill: surface, stroke: color, 'stroke-width': 2};
  if (crowded) return {fill: color};
  return {fill: color, stroke: surface, 'stroke-width': look.size > 4 ? 1.2 : 0.6};
}

// Points of one name beyond which they are small.
const CROWDED = 50;

export function pointMark(series: FigureSeries, setting: Setting): Plot.RenderFunction {
  return (_index, scales, _values, dimensions) => {
    const frame = {
      left: dimensions.marginLeft, right: dimensions.width - dimensions.marginRight,
      top: dimensions.marginTop, bottom: dimensions.height - dimensions.marginBottom,
    };
    const x = scales.x as unknown as (v: number) => number, y = scales.y as unknown as (v: number) => number;
    const look = lookOf(series);
    const color = pointColorOf(series, setting.colors, setting.palette, overCells([setting.panel]));
    // A crowd of series of one point each is one too. Their intervals are what
    // they are there for, and so are drawn, but faintly.
    const crowded = setting.crowded && (setting.named.get(series.name ?? '') ?? 0) > CROWDED;
    const faint = crowded && (series.x?.length ?? 0) <= CROWDED;
    const size = crowded ? Math.min(look.size, 2.2) : look.size;
    let symbols = '', lines = '';
    for (let i = 0; i < (series.x?.length ?? 0); ++i) {
      const place = placeOf(series, i, setting, frame, x, y);
      if (!place) continue;
      symbols += symbolPath(place.edge ? 'cross' : look.symbol, place.px, place.py, place.edge ? 4 : size);
      if (!crowded || faint) lines += whiskers(series, i, place, setting, frame, x, y);
    }
    const group = document.createElementNS(SVG, 'g');
    group.setAttribute('opacity', String(look.opacity));
    const wide = look.size > 4 ? 2 : 1, style = symbolStyle(look, color, setting.palette.surface, crowded);
    if (lines) group.append(path(lines, {stroke: color, 'stroke-width': faint ? 0.5 : wide, fill: 'none', 'stroke-opacity': faint ? 0.15 : 0.8}));
    if (symbols) group.append(path(symbols, crowded && 'stroke' in style ? {...style, 'stroke-width': 1} : style));
    return group;
  };
}

// A mark that can be pointed at.
export interface Point {
  px: number;
  py: number;
  series: FigureSeries;
  index: number;
  color: string;
  trial: number | undefined;
  // What the read-out says.
  text: string;
}

// A value with as many digits as its axis deserves.
export function valueText(axis: FigureAxis | undefined, value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return 'none';
  if (axis?.categories?.length) return axis.categories[Math.round(value)] ?? short(value);
  if (axis?.time) return localTime(value);
  if (inSeconds(axis)) return seconds(value);
  if (/loss|nats/i.test(axis?.label ?? '') && Math.abs(value) >= 0.1) return loss(value);
  if (/FLOPs/.test(axis?.label ?? '') && value >= 1e6) return scientific(value);
  return Math.abs(value) >= 1000 ? count(value) : short(value);
}

function described(series: FigureSeries, i: number, setting: Setting): string {
  const own = series.labels?.[i];
  const trial = series.trials?.[i];
  const head = trial !== undefined ? `trial ${trial}` : series.name ?? '';
  if (own) return own;
  const ends = series.y_lower?.length && series.y_lower[i] != null && series.y_upper?.[i] != null ?
    ` [${valueText(setting.panel.y, series.y_lower[i])}, ${valueText(setting.panel.y, series.y_upper[i])}]` : '';
  const name = (axis: FigureAxis | undefined) => (axis?.label ?? '').split(',')[0];
  return `${head}: ${name(setting.panel.x)} ${valueText(setting.panel.x, series.x?.[i])}, ` +
    `${name(setting.panel.y)} ${valueText(setting.panel.y, series.y?.[i])}${ends}`;
}

// Every mark of the panel that can be pointed at, from left to right within its
// series.
export function placePoints(setting: Setting, frame: Frame, scales: {x: Scale, y: Scale}): Point[] {
  const points: Point[] = [];
  const cells = overCells([setting.panel]);
  for (const series of setting.panel.series ?? []) {
    const color = pointColorOf(series, setting.colors, setting.palette, cells);
    const add = (i: number, px: number, py: number) => points.push({
      px, py, series, index: i, color, trial: series.trials?.[i], text: described(series, i, setting),
    });
    if (series.mark === 'points') {
      const x = (v: number) => scales.x.apply(v), y = (v: number) => scales.y.apply(v);
      const order = (series.x ?? []).map((_, i) => i).sort((a, b) => (series.x?.[a] ?? 0) - (series.x?.[b] ?? 0));
      for (const i of order) {
        const place = placeOf(series, i, setting, frame, x, y);
        if (place) add(i, place.px, place.py);
      }
    } else if (series.mark === 'cells' && series.labels?.length) {
      for (let i = 0; i < (series.x_lower?.length ?? 0); ++i) {
        const middle = (scale: Scale, a: number | null | undefined, b: number | null | undefined) =>
          (scale.apply(a ?? 0) + scale.apply(b ?? 0)) / 2;
        add(i, middle(scales.x, series.x_lower?.[i], series.x_upper?.[i]),
            middle(scales.y, series.y_lower?.[i], series.y_upper?.[i]));
      }
    } else if (series.mark === 'line' && series.trials?.length) {
      // A curve of a trial is pointed at by its points.
      for (let i = 0; i < (series.x?.length ?? 0); ++i) {
        const vx = series.x?.[i], vy = series.y?.[i];
        if (placeless(vx, setting.panel.x) || placeless(vy, setting.panel.y)) continue;
        add(i, scales.x.apply(vx as number), scales.y.apply(vy as number));
      }
    }
  }
  return points;
}

