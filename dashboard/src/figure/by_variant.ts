import type {Figure, FigureAxis, FigurePanel, FigureSeries, FigureTable} from 'generated/api';

// The figures of one kind of each variant as one: over each other, where the
// variant has the colour that a budget or a size has else, or side by side.

export interface OfVariant {
  name: string;
  figure: Figure;
}

// Values of the colour scale that have names and no numbers.
export type NamedColors = Figure & {color_names?: readonly string[]};

function widest(axes: readonly (FigureAxis | undefined)[]): FigureAxis | undefined {
  const known = axes.filter(axis => axis !== undefined);
  const first = known[0];
  if (!first || first.categories?.length) return first;
  const ends = (end: 'min' | 'max') => known.map(axis => axis[end]).filter((value): value is number => Number.isFinite(value));
  return {...first, min: Math.min(...ends('min')), max: Math.max(...ends('max'))};
}

// What is drawn first lies below: the areas and lines of all, then the points.
const OVER: readonly FigureSeries['mark'][] = ['points'];

function overEachOther(title: string, panels: readonly {panel: FigurePanel, color: number}[]): FigurePanel {
  const series = panels.flatMap(({panel, color}) => (panel.series ?? []).map(one => one.color === undefined ? one : {...one, color}));
  const x = widest(panels.map(({panel}) => panel.x)), y = widest(panels.map(({panel}) => panel.y));
  return {
    title, ...x && {x}, ...y && {y},
    series: [...series.filter(one => !OVER.includes(one.mark)), ...series.filter(one => OVER.includes(one.mark))],
  };
}

function tableOf(figures: readonly OfVariant[]): FigureTable | undefined {
  const first = figures[0]?.figure.table;
  if (!first) return undefined;
  const rows = figures.flatMap(({name, figure}) => (figure.table?.rows ?? []).map(row => ({cells: [name, ...row.cells ?? []]})));
  const total = figures.reduce((sum, {figure}) => sum + (figure.table?.total ?? figure.table?.rows?.length ?? 0), 0);
  return {columns: ['variant', ...first.columns ?? []], rows, total};
}

// All that is not a picture.
function wordsOf(figures: readonly OfVariant[]): Figure {
  const sum = (of: 'drawn' | 'total') => figures.reduce((all, {figure}) => all + (figure[of] ?? 0), 0);
  const table = tableOf(figures), first = figures[0]?.figure;
  const thinning = figures.find(({figure}) => figure.thinning)?.figure.thinning;
  return {
    ...first?.kind && {kind: first.kind}, title: first?.title ?? '',
    sentence: figures.map(({name, figure}) => `${name}: ${figure.sentence ?? ''}`).join(' '),
    warnings: figures.flatMap(({name, figure}) => (figure.warnings ?? []).map(text => `${name}: ${text}`)),
    method: first?.method ?? '', drawn: sum('drawn'), total: sum('total'), ...thinning && {thinning}, ...table && {table},
  };
}

export function overlaid(figures: readonly OfVariant[], names: readonly string[]): NamedColors {
  const titles = [...new Set(figures.flatMap(({figure}) => (figure.panels ?? []).map(panel => panel.title ?? '')))];
  return {
    ...wordsOf(figures),
    panels: titles.map(title => overEachOther(title, figures.flatMap(({name, figure}) => (figure.panels ?? [])
        .filter(panel => (panel.title ?? '') === title).map(panel => ({panel, color: names.indexOf(name)}))))),
    color_label: 'variant', color_values: names.map((_, i) => i), color_names: names,
  };
}

export function sideBySide(figures: readonly OfVariant[]): Figure {
  const colored = figures[0]?.figure;
  return {
    ...wordsOf(figures),
    panels: figures.flatMap(({name, figure}) => (figure.panels ?? []).map(panel =>
      ({...panel, title: panel.title ? `${name}, ${panel.title}` : name}))),
    ...colored?.color_label && {color_label: colored.color_label}, ...colored?.color_values && {color_values: colored.color_values},
  };
}
