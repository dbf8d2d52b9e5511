import type {Figure, FigurePanel, FigureSeries} from 'generated/api';
import {dark} from '../state/theme';
import {count, scientific, short} from '../text/numbers';
import type {NamedColors} from './by_variant';
import {paletteOf} from './colors';
import {dashOf, isBar, lookOf, overCells, pointColorOf, symbolPath} from './roles';

// What symbols and colours mean. Series of one name share an entry; the scale of
// budgets is an entry of its own.

function Sample({series, panels, neutral, cells}: {series: FigureSeries, panels: readonly FigurePanel[], neutral: boolean, cells: boolean}) {
  const palette = paletteOf(dark.value);
  const look = lookOf(series);
  const color = neutral ? palette.soft : pointColorOf({...series, color: undefined} as FigureSeries, 1, palette, cells);
  const line = series.mark === 'line' || series.mark?.startsWith('rule');
  return (
    <svg width={line ? 30 : 22} height="14" aria-hidden="true">
      {series.mark === 'points' && <path d={symbolPath(look.symbol, 11, 7, Math.min(look.size, 5.5))}
        fill={look.hollow || look.symbol === 'cross' ? 'none' : color} stroke={color} stroke-width={look.hollow || look.symbol === 'cross' ? 1.8 : 0}
        opacity={look.opacity} />}
      {line && <line x1="1" x2="29" y1="7" y2="7" stroke={color} stroke-width={look.width} opacity={look.opacity}
        stroke-dasharray={dashOf(series, panels)} />}
      {isBar(series) && <rect x="1" y="5.5" width="20" height="3" fill={color} opacity={0.5} />}
      {!line && series.mark !== 'points' && !isBar(series) &&
        <rect x="2" y="2" width="18" height="10" rx="2" fill={color} opacity={series.role === 'infeasible' ? 0.25 : 0.3} />}
    </svg>
  );
}

function entries(figure: Figure): FigureSeries[] {
  const byName = new Map<string, FigureSeries>();
  for (const panel of figure.panels ?? []) {
    for (const series of panel.series ?? []) {
      if (series.name && !byName.has(series.name)) byName.set(series.name, series);
    }
  }
  return [...byName.values()];
}

// Values of the scale that each have a text; of more it has its ends alone.
const NAMED_AT_MOST = 8;

function Colors({figure}: {figure: NamedColors}) {
  const palette = paletteOf(dark.value);
  const values = figure.color_values ?? [];
  const used = new Set(figure.panels?.flatMap(panel => (panel.series ?? []).flatMap(series => series.color ?? [])));
  if (values.length === 0 || !figure.color_label || used.size === 0) return null;
  const text = (value: number | null, i: number) => figure.color_names ? figure.color_names[i] : figure.color_label?.includes('size') ? count(value) :
    value !== null && value >= 1e4 ? scientific(value) : short(value);
  const last = values.length - 1;
  return (
    <li class="legend-colors">
      <span>{figure.color_label}</span>
      {values.length > NAMED_AT_MOST && !figure.color_names ?
        <span class="legend-scale">{text(values[0] ?? null, 0)}<span class="legend-ramp">{values.map((_, i) =>
          <span key={i} style={{background: palette.budget(i, values.length)}} />)}</span>{text(values[last] ?? null, last)}</span> :
        values.map((value, i) => used.has(i) && (
          <span key={i} class="legend-color"><span class="dot" style={{background: palette.budget(i, values.length)}} />{text(value, i)}</span>
        ))}
    </li>
  );
}

function CellScale({figure}: {figure: Figure}) {
  const palette = paletteOf(dark.value);
  const cells = figure.panels?.flatMap(panel => panel.series ?? []).filter(s => s.mark === 'cells' && s.z?.length) ?? [];
  const values = cells.flatMap(series => series.z ?? []).filter((z): z is number => z !== null);
  if (values.length === 0) return null;
  let low = Infinity, high = -Infinity;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return (
    <li class="legend-colors">
      <span>{cells[0]?.z_label}</span>
      {high === low ? <span class="legend-scale"><span class="dot" style={{background: palette.cell(0)}} />{short(low)}</span> : <span class="legend-scale">{short(low)}<span class="legend-ramp">{[0, 0.1, 0.25, 0.45, 0.7, 1].map(share =>
        <span key={share} style={{background: palette.cell(share)}} />)}</span>{short(high)}</span>}
    </li>
  );
}

export function Legend({figure}: {figure: Figure}) {
  const colored = (figure.color_values?.length ?? 0) > 0, cells = overCells(figure.panels ?? []);
  return (
    <ul class="legend">
      <Colors figure={figure} />
      <CellScale figure={figure} />
      {entries(figure).map(series => (
        <li key={series.name}><Sample series={series} panels={figure.panels ?? []} neutral={colored && series.color !== undefined} cells={cells} />{series.name}</li>
      ))}
    </ul>
  );
}
