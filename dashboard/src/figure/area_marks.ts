import * as Plot from '@observablehq/plot';
import type {FigureSeries} from 'generated/api';
import {colorOf, isBar, lookOf} from './roles';
import type {Limits} from './axes';
import type {Setting} from './setting';

// Bands, spans and cells.

type Column = (number | null)[] | undefined;

// An open end reaches to the edge of the panel.
const ends = (column: Column, edge: number) => (column ?? []).map(value => value ?? edge);

// Keeps numbers a logarithmic axis can place.
const above = (values: number[], log: boolean | undefined, limits: Limits) =>
  log ? values.map(value => value > 0 ? value : limits.min) : values;

// Hatches: what is not feasible is seen as such without a colour.
export const HATCH = 'isoshape-hatch';

function cells(series: FigureSeries, setting: Setting): Plot.Markish[] {
  const {panel, palette} = setting;
  const columns = {
    x1: above(ends(series.x_lower, setting.x.min), panel.x?.log, setting.x),
    x2: above(ends(series.x_upper, setting.x.max), panel.x?.log, setting.x),
    y1: above(ends(series.y_lower, setting.y.min), panel.y?.log, setting.y),
    y2: above(ends(series.y_upper, setting.y.max), panel.y?.log, setting.y),
  };
  const style = {...columns, inset: 0.5, clip: true} as const;
  if (series.role === 'infeasible') {
    return [hatchDefinition(palette.soft), Plot.rect(columns.x1, {...style, inset: 0, fill: `url(#${HATCH})`})];
  }
  const z = series.z ?? [];
  if (z.length === 0) {
    const color = colorOf(series, setting.colors, palette);
    // The bar of a range is a few pixels high.
    if (isBar(series)) return [Plot.rect(columns.x1, {...style, inset: 0, fill: color, fillOpacity: 0.5})];
    return [Plot.rect(columns.x1, {...style, fill: color, fillOpacity: 0.12, stroke: color, strokeOpacity: 0.5})];
  }
  const share = cellShare(setting);
  const fills = z.map(value => value === null ? 'none' : palette.cell(share(value)));
  return [Plot.rect(columns.x1, {
    ...style, fill: {value: fills, scale: null} as unknown as string, rx: 2,
    stroke: series.role === 'measured' ? palette.ink : undefined, strokeOpacity: 0.35,
  })];
}

// 0 for the least z of the panel, 1 for the largest.
export function cellShare(setting: Pick<Setting, 'panel'>): (z: number) => number {
  let low = Infinity, high = -Infinity;
  for (const series of setting.panel.series ?? []) {
    for (const z of series.mark === 'cells' ? series.z ?? [] : []) {
      if (z === null) continue;
      low = Math.min(low, z);
      high = Math.max(high, z);
    }
  }
  return z => high > low ? (z - low) / (high - low) : 0;
}

function hatchDefinition(color: string): Plot.Markish {
  return () => {
    const document = globalThis.document;
    const make = (name: string, attributes: Record<string, string>) => {
      const element = document.createElementNS('http://www.w3.org/2000/svg', name);
      for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
      return element;
    };
    const pattern = make('pattern', {id: HATCH, width: '6', height: '6', patternUnits: 'userSpaceOnUse',
      patternTransform: 'rotate(45)'});
    pattern.append(make('line', {x1: '0', y1: '0', x2: '0', y2: '6', stroke: color, 'stroke-opacity': '0.35',
      'stroke-width': '2'}));
    const definitions = make('defs', {});
    definitions.append(pattern);
    return definitions as SVGElement;
  };
}

export function areaMarks(series: FigureSeries, setting: Setting): Plot.Markish[] {
  const look = lookOf(series), color = colorOf(series, setting.colors, setting.palette);
  const fill = {fill: color, fillOpacity: series.role === 'noise' ? 0.12 : 0.14 * look.opacity, clip: true} as const;
  const {x, y, panel} = setting;
  switch (series.mark) {
    case 'band': return [Plot.areaY(series.x ?? [], {
      x: series.x ?? [],
      y1: above(ends(series.y_lower, y.min), panel.y?.log, y),
      y2: above(ends(series.y_upper, y.max), panel.y?.log, y),
      ...fill,
    })];
    case 'span_x': {
      const x1 = above(ends(series.x_lower, x.min), panel.x?.log, x);
      return [Plot.rect(x1, {x1, x2: ends(series.x_upper, x.max), y1: x1.map(() => y.min), y2: x1.map(() => y.max),
        ...fill})];
    }
    case 'span_y': {
      const y1 = above(ends(series.y_lower, y.min), panel.y?.log, y);
      return [Plot.rect(y1, {y1, y2: ends(series.y_upper, y.max), x1: y1.map(() => x.min), x2: y1.map(() => x.max),
        ...fill})];
    }
    case 'cells': return cells(series, setting);
    default: return [];
  }
}
