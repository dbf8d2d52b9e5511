import type {FigurePanel, FigureSeries, FigureSeriesRole} from 'generated/api';
import type {Palette} from './colors';

// What a role looks like, the same in every figure and in every renderer
// (tests/figures/looks.csv).

export type Symbol = 'circle' | 'diamond' | 'square' | 'cross' | 'triangle';

export interface Look {
  symbol: Symbol;
  size: number;  // radius of the symbol
  hollow: boolean;
  width: number;  // of lines
  dash: string;
  opacity: number;
}

const PLAIN: Look = {symbol: 'circle', size: 3.6, hollow: false, width: 1.75, dash: '', opacity: 1};

const DASHED = '6 4', DASH_DOT = '9 4 2 4';

const LOOKS: Partial<Record<FigureSeriesRole, Partial<Look>>> = {
  measured: {opacity: 0.85},
  fit: {width: 2},
  uncertainty: {width: 1},
  optimum: {symbol: 'diamond', size: 6.5},
  edge: {symbol: 'diamond', size: 6.5, hollow: true},
  sampled: {width: 1.25, opacity: 0.45},
  target: {dash: DASHED, width: 1.5, symbol: 'diamond', size: 6},
  reference: {dash: '2 4', width: 1.5, symbol: 'square', hollow: true},
  predicted: {symbol: 'square', size: 5},
  verification: {symbol: 'triangle', size: 5.5},
  failed: {symbol: 'cross', size: 4, opacity: 0.9},
  infeasible: {opacity: 0.6},
  held_out: {size: 4.5, hollow: true},
  front: {size: 4.2, width: 2},
  dominated: {opacity: 0.32},
};

export function lookOf(series: FigureSeries): Look {
  return {...PLAIN, ...LOOKS[series.role ?? 'unspecified']};
}

const isLine = ({mark}: FigureSeries) => mark === 'line' || mark === 'rule_x' || mark === 'rule_y';

// The dash of the lines of a series: that of its role, but of lines of one role
// with several names the second and further names have others, so that a legend
// tells them apart; the same in every renderer (figures/drawing/theme.h).
export function dashOf(series: FigureSeries, panels: readonly FigurePanel[]): string {
  const names = new Set(panels.flatMap(panel => (panel.series ?? []).filter(one => isLine(one) && one.role === series.role).map(one => one.name ?? '')));
  const place = [...names].indexOf(series.name ?? ''), own = lookOf(series).dash;
  if (place <= 0) return own;
  return place % 2 === 1 || own === DASHED ? DASH_DOT : DASHED;
}

// Bars of a range, a few pixels high, and no cells.
export const isBar = ({mark, role}: FigureSeries) => role === 'sampled' && mark === 'cells';

export function colorOf(series: FigureSeries, colors: number, palette: Palette): string {
  switch (series.role) {
    case 'target':
    case 'predicted':
    case 'front': return palette.accent;
    case 'reference':
    case 'noise':
    case 'infeasible': return palette.soft;
    case 'failed': return palette.failed;
    default: break;
  }
  if (series.color !== undefined) return palette.budget(series.color, colors);
  return series.role === 'verification' ? palette.check : palette.ink;
}

// What is marked on cells that are coloured by loss has their accent around it.
export const overCells = (panels: readonly FigurePanel[]) =>
  panels.some(panel => panel.series?.some(series => series.mark === 'cells' && series.z?.length));

export function pointColorOf(series: FigureSeries, colors: number, palette: Palette, cells: boolean): string {
  return cells && (series.role === 'front' || series.role === 'predicted') ? palette.ink : colorOf(series, colors, palette);
}

// The outline of a symbol around (x, y), as a path.
export function symbolPath(symbol: Symbol, x: number, y: number, r: number): string {
  const at = (dx: number, dy: number) => `${(x + dx).toFixed(1)},${(y + dy).toFixed(1)}`;
  const polygon = (points: (readonly [number, number])[]) => `M${points.map(([dx, dy]) => at(dx, dy)).join('L')}Z`;
  switch (symbol) {
    case 'circle': return `M${at(-r, 0)}a${r},${r} 0 1,1 ${2 * r},0a${r},${r} 0 1,1 ${-2 * r},0`;
    case 'diamond': return polygon([[0, -r], [r * 0.8, 0], [0, r], [-r * 0.8, 0]]);
    case 'square': return polygon([[-r * 0.8, -r * 0.8], [r * 0.8, -r * 0.8], [r * 0.8, r * 0.8], [-r * 0.8, r * 0.8]]);
    case 'triangle': return polygon([[0, -r], [r * 0.9, r * 0.7], [-r * 0.9, r * 0.7]]);
    case 'cross': return `M${at(-r, -r)}L${at(r, r)}M${at(-r, r)}L${at(r, -r)}`;
  }
}
