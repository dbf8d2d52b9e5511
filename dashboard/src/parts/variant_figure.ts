import type {CompareVariantsResponse, Figure, FigureAxis, FigurePanel, PairedDifference} from 'generated/api';
import {flops} from '../text/numbers';
import {shapeNames} from './shape_names';

// Differences of loss with their intervals, as a Figure. What is drawn is what
// CompareVariants answered.

interface Row {
  name: string;
  pair: PairedDifference;
}

const ROOM = 0.06;

// One axis for all panels, as their differences are to be compared; it holds 0.
function axisOf(rows: readonly Row[]): FigureAxis {
  const ends = rows.flatMap(({pair}) => [pair.difference?.lower, pair.difference?.upper, pair.difference?.value, 0])
      .filter((value): value is number => typeof value === 'number' && Number.isFinite(value));
  const low = Math.min(...ends), high = Math.max(...ends), room = ROOM * (high - low) || 0.01;
  return {label: 'difference of loss, nats per token', min: low - room, max: high + room};
}

function textOf({name, pair}: Row): string {
  const {value, lower, upper} = pair.difference ?? {};
  const ends = typeof lower === 'number' && typeof upper === 'number' ? ` [${lower.toFixed(4)}, ${upper.toFixed(4)}]` : '';
  return `${name}: ${value?.toFixed(4)}${ends} over ${pair.pairs} pair${pair.pairs === 1 ? '' : 's'}`;
}

function panelOf(title: string, x: FigureAxis, rows: readonly Row[], reference: string): FigurePanel {
  // One pair has no interval, which is not one that is open.
  const of = (end: 'value' | 'lower' | 'upper') => rows.map(({pair}) => pair.difference?.[end] ?? pair.difference?.value ?? null);
  return {
    title, x, y: {categories: rows.map(row => row.name)},
    series: [
      {name: reference, mark: 'rule_x', role: 'reference', x: [0]},
      {name: 'difference', mark: 'points', role: 'optimum', x: of('value'), x_lower: of('lower'), x_upper: of('upper'),
        y: rows.map((_, i) => i), labels: rows.map(textOf)},
    ],
  };
}

const drawable = (row: Row) => (row.pair.pairs ?? 0) > 0 && typeof row.pair.difference?.value === 'number';

function figureOf(answer: CompareVariantsResponse, parts: readonly {title: string, rows: readonly Row[]}[]): Figure | undefined {
  const drawn = parts.map(part => ({...part, rows: part.rows.filter(drawable)})).filter(part => part.rows.length > 0);
  if (drawn.length === 0) return undefined;
  const x = axisOf(drawn.flatMap(part => part.rows)), reference = answer.reference ?? 'base';
  return {
    title: 'Differences of loss', sentence: `Loss less that of ${reference}, over pairs of trials that differ in nothing else.`,
    panels: drawn.map(({title, rows}) => panelOf(title, x, rows, reference)),
  };
}

export function differencesFigure(answer: CompareVariantsResponse): Figure | undefined {
  const rows = (answer.comparisons ?? []).map(one => ({name: one.variant ?? '', pair: one.overall ?? {}}));
  return figureOf(answer, [{title: '', rows}]);
}

// A panel for each variant, a row for each of its shapes at a budget.
export function shapesFigure(answer: CompareVariantsResponse): Figure | undefined {
  return figureOf(answer, (answer.comparisons ?? []).map(one => {
    const names = shapeNames(one.shapes ?? []);
    return {title: one.variant ?? '', rows: (one.shapes ?? []).map((pair, i) => ({name: `${names[i]} at ${flops(pair.budget_flops)}`, pair}))};
  }));
}

const ROW = 34, AXES = 76;

// Of its panels, which have a row for each category.
export const heightOfRows = (figure: Figure) =>
  AXES + ROW * Math.max(...(figure.panels ?? []).map(panel => panel.y?.categories?.length ?? 0));
