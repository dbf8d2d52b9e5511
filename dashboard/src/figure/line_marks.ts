import * as Plot from '@observablehq/plot';
import type {FigureSeries} from 'generated/api';
import {colorOf, dashOf, lookOf} from './roles';
import type {Setting} from './setting';

// Lines and rules. A value that is missing, or not above 0 on a logarithmic
// axis, is a gap.
export function lineMarks(series: FigureSeries, setting: Setting): Plot.Markish[] {
  const look = lookOf(series);
  const style = {
    stroke: colorOf(series, setting.colors, setting.palette),
    strokeWidth: look.width,
    strokeOpacity: look.opacity,
    strokeDasharray: dashOf(series, setting.panels) || undefined,
    clip: true,
  };
  const usable = (value: number | null | undefined, log: boolean | undefined) =>
    typeof value === 'number' && Number.isFinite(value) && !(log && value <= 0) ? value : NaN;
  const x = (series.x ?? []).map(value => usable(value, setting.panel.x?.log));
  const y = (series.y ?? []).map(value => usable(value, setting.panel.y?.log));
  switch (series.mark) {
    case 'rule_x': return [Plot.ruleX(x.filter(Number.isFinite), style)];
    case 'rule_y': return [Plot.ruleY(y.filter(Number.isFinite), style)];
    default: return [Plot.line(x, {x, y, ...style, strokeLinejoin: 'round', strokeLinecap: 'butt'})];
  }
}
