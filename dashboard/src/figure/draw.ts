import * as Plot from '@observablehq/plot';
import type {Figure, FigureAxis, FigurePanel} from 'generated/api';
import {labelOf, limitsOf, ticksOf, type Limits, type Ticks} from './axes';
import type {Palette} from './colors';
import {areaMarks} from './area_marks';
import {labelMark} from './labels';
import {lineMarks} from './line_marks';
import {pointMark, placePoints, type Point} from './point_marks';
import type {Frame, Scale, Setting} from './setting';

// Turns a panel of a v1::Figure into a picture by Observable Plot, and tells
// where its points are, so that they can be walked and pointed at. The one place
// where figures become pictures in the page: it knows marks and roles, and no
// kind of figure.

export interface Drawing {
  svg: SVGSVGElement;
  points: Point[];
  x: Scale;
  y: Scale;
  frame: Frame;
}

export interface DrawOptions {
  width: number;
  height: number;
  palette: Palette;
  // What a reader zoomed to.
  zoom?: {x: Limits, y: Limits} | undefined;
  // Without axes, for a picture in a list.
  small?: boolean;
  // At least so much room left of the axes, so that panels below each other have
  // their places of one value below each other.
  left?: number;
}

const GLYPH = 6.6;

const HEAD = 30, FOOT = 40;

const widestOf = (texts: readonly string[]) => 14 + Math.max(...texts.map(text => text.length), 2) * GLYPH;

// Names of categories have no room beside a panel of that width.
const namesOver = (categories: readonly string[], width: number) => categories.length > 0 && widestOf(categories) > width * 0.4;

function marginsOf(options: DrawOptions, yTexts: string[], over: boolean) {
  if (options.small) return {left: 2, right: 2, top: 2, bottom: 2};
  return {left: over ? 8 : Math.min(options.width * 0.4, Math.max(options.left ?? 0, widestOf(yTexts))), right: 14, top: HEAD, bottom: FOOT};
}

// The room that a panel's texts need left of its axis.
export function leftOf(panel: FigurePanel): number {
  const yTicks = ticksOf(panel.y, limitsOf(panel.y), 5);
  return widestOf(yTicks.values.map(yTicks.text));
}

// A row of a category with its name over it needs that much.
const ROW = 46;

// The height of a panel that is to be `wanted` high: rows with their names over
// them make it higher.
export function heightOf(panel: FigurePanel, width: number, wanted: number): number {
  const categories = panel.y?.categories ?? [];
  return namesOver(categories, width) ? Math.max(wanted, HEAD + FOOT + ROW * categories.length) : wanted;
}

// Names of categories that have no room beside the panel stand over their rows.
function categoryNames(ticks: Ticks, palette: Palette): Plot.Markish {
  return Plot.text(ticks.values, {
    y: ticks.values, text: ticks.values.map(ticks.text), frameAnchor: 'left', textAnchor: 'start', dx: 4, dy: -15,
    fill: palette.soft, stroke: palette.surface, strokeWidth: 4,
  });
}

function scaleOptions(log: boolean, limits: Limits, range: [number, number]) {
  return {type: log ? 'log' as const : 'linear' as const, domain: [limits.min, limits.max], range, axis: null};
}

// The series in their order; points lie on top of what shares their place.
function seriesMarks(setting: Setting): Plot.Markish[] {
  const marks: Plot.Markish[] = [];
  for (const series of setting.panel.series ?? []) {
    switch (series.mark) {
      case 'points': marks.push(pointMark(series, setting)); break;
      case 'line':
      case 'rule_x':
      case 'rule_y': marks.push(...lineMarks(series, setting)); break;
      default: marks.push(...areaMarks(series, setting));
    }
  }
  return marks;
}

// As many ticks, of about `wanted`, as have room for their texts on an axis of so
// many pixels.
export function fittingTicks(axis: FigureAxis | undefined, limits: Limits, pixels: number, wanted: number): Ticks {
  const scale = (value: number) => axis?.log ? Math.log(value) : value;
  const at = (value: number) => (scale(value) - scale(limits.min)) / (scale(limits.max) - scale(limits.min)) * pixels;
  for (let number = wanted; ; --number) {
    const ticks = ticksOf(axis, limits, number);
    const ends = ticks.values.map(value => ({middle: at(value), half: ticks.text(value).length * GLYPH / 2}));
    const fits = ends.every(({middle, half}, i) => i === 0 || middle - half >= (ends[i - 1]?.middle ?? 0) + (ends[i - 1]?.half ?? 0) + 4);
    if (fits || number <= 2) return ticks;
  }
}

function axisMarks(setting: Setting, margins: {left: number, right: number}, over: boolean): Plot.Markish[] {
  const {panel, palette} = setting;
  const inner = setting.width - margins.left - margins.right;
  const xTicks = fittingTicks(panel.x, setting.x, inner, Math.max(2, Math.floor(inner / (panel.x?.log ? 50 : 75))));
  const yTicks = ticksOf(panel.y, setting.y, Math.max(3, Math.floor((setting.height - 70) / 38)));
  const categories = (panel.y?.categories?.length ?? 0) > 0;
  return [
    Plot.gridY(yTicks.values, {stroke: palette.faint, strokeOpacity: 1}),
    Plot.gridX(xTicks.values, {stroke: palette.faint, strokeOpacity: 1}),
    Plot.axisX(xTicks.values, {
      text: xTicks.text, tickSize: 0, tickPadding: 8, label: labelOf(panel.x, setting.x), labelAnchor: 'center',
      labelArrow: 'none', labelOffset: 36, fill: palette.soft,
    }),
    ...over ? [] : [Plot.axisY(yTicks.values, {
      text: yTicks.text, tickSize: 0, tickPadding: 8, label: categories ? null : panel.y?.label ?? '',
      labelAnchor: 'top', labelArrow: 'none', labelOffset: margins.left, fill: palette.soft,
    })],
  ];
}

const CROWD = 200;

function pointsByName(panel: FigurePanel): Map<string, number> {
  const named = new Map<string, number>();
  for (const series of panel.series ?? []) {
    const name = series.name ?? '';
    if (series.mark === 'points') named.set(name, (named.get(name) ?? 0) + (series.x?.length ?? 0));
  }
  return named;
}

export function drawPanel(figure: Figure, panel: FigurePanel, options: DrawOptions): Drawing {
  const x = options.zoom?.x ?? limitsOf(panel.x), y = options.zoom?.y ?? limitsOf(panel.y);
  const named = pointsByName(panel);
  const setting: Setting = {
    panel, panels: figure.panels ?? [], x, y, palette: options.palette, colors: figure.color_values?.length ?? 0,
    width: options.width, height: options.height, named,
    crowded: [...named.values()].reduce((sum, count) => sum + count, 0) > CROWD,
  };
  const yTicks = ticksOf(panel.y, y, 5);
  const categories = (panel.y?.categories?.length ?? 0) > 0;
  const over = !options.small && namesOver(panel.y?.categories ?? [], options.width);
  const margins = marginsOf(options, yTicks.values.map(yTicks.text), over);
  const frame = {
    left: margins.left, right: options.width - margins.right,
    top: margins.top, bottom: options.height - margins.bottom,
  };
  const down: [number, number] = categories ? [frame.top, frame.bottom] : [frame.bottom, frame.top];
  const svg = Plot.plot({
    width: options.width,
    height: options.height,
    marginLeft: margins.left, marginRight: margins.right, marginTop: margins.top, marginBottom: margins.bottom,
    className: 'plot',
    x: scaleOptions(panel.x?.log ?? false, x, [frame.left, frame.right]),
    y: scaleOptions(panel.y?.log ?? false, y, down),
    marks: [
      ...options.small ? [Plot.frame({stroke: 'none'})] : axisMarks(setting, margins, over),
      ...seriesMarks(setting),
      // Over the lines that cross them.
      ...over ? [categoryNames(yTicks, options.palette)] : [],
      ...options.small ? [] : [labelMark(setting)],
    ],
  }) as SVGSVGElement & {scale: (name: string) => unknown};
  const scales = {x: svg.scale('x') as Scale, y: svg.scale('y') as Scale};
  clean(svg, `${panel.title ? `${panel.title}: ` : ''}${figure.sentence ?? figure.title ?? ''}`);
  return {svg, frame, ...scales, points: placePoints(setting, frame, scales)};
}

// Plot brings a style sheet along, which the page's content security policy
// forbids and style/figure.css has.
function clean(svg: SVGSVGElement, label: string) {
  for (const style of svg.querySelectorAll('style')) style.remove();
  for (const part of svg.querySelectorAll('[aria-label]')) part.removeAttribute('aria-label');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', label);
}

