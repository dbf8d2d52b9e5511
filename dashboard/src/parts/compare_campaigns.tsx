import type {Campaign, Figure, FigureSeries} from 'generated/api';
import {useFigure} from '../figure/figures';
import {Legend} from '../figure/legend';
import {PanelsOf} from '../figure/figure_view';
import {useAnswer} from '../state/answers';
import {ended, trialsOf} from '../state/campaigns';
import {href, params, setParams} from '../state/route';
import {count, flops, interval, loss, shape, shortName} from '../text/numbers';
import {exact} from '../text/commands';
import {Differences, type Compared} from './differences';
import {TargetInput} from './target';

// Campaigns side by side: what was asked of them and what came of it, what
// differs first, and their isoFLOP curves over the same axes.

export const MOST_CAMPAIGNS = 4;

export const comparedNames = () => (params.value.campaigns ?? '').split(',').filter(Boolean).slice(0, MOST_CAMPAIGNS);

export function turnCompared(name: string, on: boolean) {
  const others = comparedNames().filter(one => one !== name);
  setParams({campaigns: (on ? [...others, name].slice(-MOST_CAMPAIGNS) : others).join(',') || undefined}, false);
}

const OWN = new Set(['name', 'display_name', 'planner_note', 'create_time', 'update_time', 'end_time', 'start_time',
  'trial_counts', 'labels', 'waiting', 'missing', 'state', 'expected_flops']);

// Every setting of a campaign by its path: `recipe.learning_rate` is `0.005`.
export function settings(campaign: object, prefix = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(campaign)) {
    if (prefix === '' && OWN.has(key)) continue;
    if (value === null || value === undefined) continue;
    if (typeof value === 'object' && !Array.isArray(value)) {
      for (const [path, text] of settings(value as object, `${prefix}${key}.`)) found.set(path, text);
    } else {
      const texts = (Array.isArray(value) ? value : [value]).map(one => typeof one === 'number' ? exact(Number(one.toPrecision(6))) : String(one));
      found.set(prefix + key, texts.join(', '));
    }
  }
  return found;
}

function settingRows(campaigns: readonly Campaign[]): Compared[] {
  const all = campaigns.map(campaign => settings(campaign));
  const paths = new Set(all.flatMap(one => [...one.keys()]));
  return [...paths].map(path => ({title: path.replaceAll('_', ' '), values: all.map(one => one.get(path) ?? '')}));
}

// What came of one campaign, as a column of texts.
function useResults(campaign: Campaign | undefined): readonly (readonly [string, string])[] {
  const name = campaign?.name ?? '', succeeded = (campaign?.trial_counts?.succeeded ?? 0) > 0;
  const target = params.value.target ? {target_flops: Number(params.value.target)} : {};
  const {answer: best} = useAnswer('AnalysisService/ListBestShapes', succeeded ? {campaign: name, top: 1} : undefined, name);
  const {answer: predicted} = useAnswer('AnalysisService/PredictShape', succeeded ? {campaign: name, ...target} : undefined, name);
  const last = best?.shapes?.at(-1);
  return [
    ['trials that ended', campaign ? `${ended(campaign)} of ${trialsOf(campaign)}` : ''],
    ['state', campaign?.state ?? ''],
    ['expected in all, FLOPs', campaign?.expected_flops ? flops(campaign.expected_flops) : ''],
    ['best loss', last ? `${loss(last.validation_loss)} by ${shape(last.shape?.depth, last.shape?.width)} at ${flops(last.budget_flops)}` : ''],
    ['predicted at, FLOPs', predicted ? flops(predicted.target_flops) : ''],
    ['predicted shape', predicted?.shape ? shape(predicted.shape.depth, predicted.shape.width) : ''],
    ['predicted loss', predicted?.shape ? interval(predicted.loss, loss) : ''],
    ['best size N*', predicted?.shape ? interval(predicted.optimal_size, count) : ''],
    ['tokens D*', predicted?.shape ? interval(predicted.optimal_tokens, count) : ''],
    ['by law', predicted?.shape ? predicted.law ?? '' : ''],
  ];
}

// The figures over axes that hold all of them, a colour being the same budget in
// all.
export function onSameAxes(figures: readonly Figure[]): Figure[] {
  const axes = (side: 'x' | 'y') => figures.flatMap(figure => figure.panels?.[0]?.[side] ?? []);
  const limits = (side: 'x' | 'y') => {
    const numbers = (end: 'min' | 'max') => axes(side).map(axis => axis[end]).filter((value): value is number => typeof value === 'number');
    return {min: Math.min(...numbers('min')), max: Math.max(...numbers('max'))};
  };
  const x = limits('x'), y = limits('y');
  const colors = [...new Set(figures.flatMap(figure => figure.color_values ?? []))].sort((a, b) => Number(a) - Number(b));
  const colored = (figure: Figure, series: FigureSeries) => series.color === undefined ? series :
    {...series, color: colors.indexOf(figure.color_values?.[series.color] ?? null)};
  return figures.map(figure => ({...figure, color_values: colors, panels: (figure.panels ?? []).slice(0, 1).map(panel => ({
    ...panel, x: {...panel.x, ...x}, y: {...panel.y, ...y}, series: (panel.series ?? []).map(series => colored(figure, series)),
  }))}));
}

// One for each that may be compared, as hooks are always called in one order.
function useSlots<T>(campaigns: readonly Campaign[], use: (campaign: Campaign | undefined) => T): T[] {
  return [use(campaigns[0]), use(campaigns[1]), use(campaigns[2]), use(campaigns[3])];
}

export function CompareCampaigns({all}: {all: readonly Campaign[]}) {
  const chosen = comparedNames().flatMap(name => all.find(one => shortName(one.name) === name) ?? []);
  const results = useSlots(chosen, useResults);
  const figures = useSlots(chosen, one => useFigure((one?.trial_counts?.succeeded ?? 0) > 0 ?
    {campaign: one?.name ?? '', kind: 'isoflop', max_marks: 500} : undefined).figure);
  if (chosen.length < 2) return null;
  const resultRows = (results[0] ?? []).map(([title], row) => ({title, values: chosen.map((_, i) => results[i]?.[row]?.[1] ?? '')}));
  const names = chosen.map(one => one.display_name || shortName(one.name));
  const drawn = chosen.flatMap((one, i) => figures[i] ? [{name: names[i], one, figure: figures[i]}] : []);
  const same = onSameAxes(drawn.map(({figure}) => figure));
  return (
    <section class="compare" aria-label="Compared campaigns">
      <div class="figure-head">
        <h2>Compared campaigns</h2>
        <p class="figure-tools"><button type="button" class="quiet" onClick={() => setParams({campaigns: undefined}, false)}>Compare none</button></p>
      </div>
      <div class="controls"><TargetInput /></div>
      <Differences label="What came of them" columns={names} rows={resultRows} />
      <div class="side-by-side">{same.map((figure, i) => (
        <figure key={drawn[i]?.one.name} class="figure" data-kind="isoflop">
          <h3><a href={href(shortName(drawn[i]?.one.name))}>{drawn[i]?.name}</a></h3>
          <PanelsOf figure={figure} columns={1} height={300} />
          <Legend figure={figure} />
        </figure>))}</div>
      <h3>Settings</h3>
      <Differences label="Settings" columns={names} rows={settingRows(chosen)} />
    </section>
  );
}
