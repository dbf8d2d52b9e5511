import {useSignal} from '@preact/signals';
import {useLayoutEffect, useMemo, useRef} from 'preact/hooks';
import type {Figure, FigureKind, FigureTable} from 'generated/api';
import {params, setParams} from '../state/route';
import {heightOf, leftOf} from './draw';
import {Exports} from './exports';
import {overlaid, sideBySide} from './by_variant';
import {useFigures, type FigureRequest, type Loaded} from './figures';
import {Legend} from './legend';
import {PanelView} from './panel_view';
import {useNew} from './said_before';
import {Said} from '../text/said';

// A figure with all that belongs to it: its sentence, warnings, legend, what was
// left out, how intervals were made, its table, and what can be saved.

export interface FigureViewProps {
  request: FigureRequest;
  // Of a panel, in pixels.
  height?: number;
  // Panels side by side at most.
  columns?: number;
  // The sentence is said elsewhere.
  quiet?: boolean;
  // A figure of the same kind whose axes are taken.
  axesOf?: Figure | undefined;
  // The figures of these variants are drawn as one, which the variants colour,
  // or `apart` in panels of their own.
  variants?: readonly string[] | undefined;
  apart?: boolean;
  // The place of a click that is not on a point, and what the x axis is.
  onPlace?: (x: number, y: number, xLabel: string) => void;
}

// The page's head names the campaign, which a figure's own title does as well.
const TITLES: Record<FigureKind, string> = {
  unspecified: '', isoflop: 'isoFLOP curves', trends: 'Best size, tokens and loss over compute', methods: 'Exponent of the best size by each method',
  envelope: 'Loss over compute', heatmap: 'Loss by depth and width', aspect: 'Width over depth at equal FLOPs', curves: 'Training curves',
  residuals: 'Residuals of the law', pareto: 'Loss against cost', surface: 'Loss by size and tokens', prediction: 'Predicted against measured',
  progress: 'FLOPs spent and trials ended',
};

// Width of an element, as it changes.
function useWidth() {
  const ref = useRef<HTMLDivElement>(null);
  const width = useSignal(0);
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return undefined;
    width.value = element.clientWidth;
    const observer = new ResizeObserver(() => { width.value = element.clientWidth; });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return {ref, width: width.value};
}

const GAP = 28, NARROWEST = 300;

export function PanelsOf({figure, height, columns, onPlace}: {figure: Figure} & Pick<FigureViewProps, 'height' | 'columns' | 'onPlace'>) {
  const {ref, width} = useWidth();
  const panels = figure.panels ?? [];
  const fit = Math.max(1, Math.min(panels.length, columns ?? 2, Math.floor((width + GAP) / (NARROWEST + GAP))));
  const each = Math.floor((width - GAP * (fit - 1)) / fit);
  const tall = height ?? (fit === 1 ? Math.max(260, Math.min(440, each * 0.55)) : Math.max(240, Math.min(320, each * 0.72)));
  // Those of categories have names of any length.
  const alike = panels.every(panel => !panel.y?.categories?.length);
  const left = alike && panels.length > 1 ? Math.max(...panels.map(leftOf)) : undefined;
  return (
    <div ref={ref} class={`panels panels-${fit}`}>
      {width > 0 && panels.map((panel, i) => (
        <PanelView key={i} figure={figure} panel={panel} index={i} width={each} height={heightOf(panel, each, tall)} left={left} onPlace={onPlace} />
      ))}
    </div>
  );
}

// A cell of fewer letters is not broken.
const LONG = 32;

export function DataTable({table, label}: {table: FigureTable, label: string}) {
  const rows = table.rows ?? [];
  const total = table.total ?? rows.length;
  return (
    <div class="scroll" role="region" aria-label={label} tabIndex={0}>
      <table>
        <thead><tr>{(table.columns ?? []).map(column => <th key={column} scope="col">{column}</th>)}</tr></thead>
        <tbody>{rows.map((row, i) => <tr key={i}>{(row.cells ?? []).map((cell, j) => <td key={j} class={cell.length < LONG ? 'one-line' : undefined}>{cell}</td>)}</tr>)}</tbody>
      </table>
      {total > rows.length && <p class="note">{rows.length} of {total} rows.</p>}
    </div>
  );
}

function Notes({figure, rough}: {figure: Figure, rough: boolean}) {
  const {drawn = 0, total = 0, thinning, method, basis} = figure;
  const newer = basis?.newer_trials ?? 0;
  return (
    <div class="notes">
      {total > drawn && <p>{drawn.toLocaleString('en')} of {total.toLocaleString('en')} drawn{thinning ? `: ${thinning}` : ''}.</p>}
      {newer > 0 && <p>{newer} newer {newer === 1 ? 'trial is' : 'trials are'} not in the fit yet.</p>}
      {rough && <p role="status">Intervals are rough: those of all resamples are being computed.</p>}
      {method && <p>{method}</p>}
    </div>
  );
}

// Of many warnings the first are shown, and the others when they are asked for.
const WARNINGS_SHOWN = 3;

export function Warnings({list}: {list: readonly string[] | undefined}) {
  if (!list?.length) return null;
  const shown = list.length > WARNINGS_SHOWN + 1 ? list.slice(0, WARNINGS_SHOWN) : list;
  const rest = list.slice(shown.length);
  return (
    <>
      <ul class="warnings" aria-label="Warnings">{shown.map(text => <li key={text}><Said text={text} /></li>)}</ul>
      {rest.length > 0 && <details class="more"><summary>{rest.length} more warnings</summary>
        <ul class="warnings" aria-label="More warnings">{rest.map(text => <li key={text}><Said text={text} /></li>)}</ul></details>}
    </>
  );
}

function overAxesOf(figure: Figure, other: Figure | undefined): Figure {
  if (!other || other === figure) return figure;
  // Of fewer trials there may be fewer panels.
  const titles = (other.panels ?? []).map(panel => panel.title ?? '');
  const named = new Set(titles).size === titles.length;
  return {...figure, panels: (figure.panels ?? []).map((panel, i) => {
    const {x = panel.x, y = panel.y} = other.panels?.[named ? titles.indexOf(panel.title ?? '') : i] ?? {};
    // Rows of other names are other rows.
    const own = panel.y?.categories?.length;
    return {...panel, ...x && {x}, ...y && !own && {y}};
  })};
}

// The figures of variants as one. What one of them cannot draw is a warning,
// unless none can.
function together(names: readonly string[], all: readonly Loaded[], apart: boolean): Loaded {
  const drawn = names.flatMap((name, i) => {
    const figure = all[i]?.figure;
    return figure ? [{name, figure}] : [];
  });
  const errors = names.flatMap((name, i) => all[i]?.error ? [`${name}: ${all[i]?.error}`] : []);
  const loading = all.some(one => one.loading);
  if (drawn.length === 0) return {figure: undefined, error: loading ? '' : errors.join(' '), loading};
  const figure = apart ? sideBySide(drawn) : overlaid(drawn, names);
  return {figure: {...figure, warnings: [...errors, ...figure.warnings ?? []]}, error: '', loading, rough: all.some(one => one.rough)};
}

// What a view shows: one figure, or those of variants as one.
export function useShown({request, variants, apart}: FigureViewProps): Loaded {
  const all = useFigures(variants ? variants.map(variant => ({...request, variant})) : [request]);
  return useMemo(() => variants ? together(variants, all, apart ?? false) : all[0] ?? {figure: undefined, error: '', loading: true},
      [all, variants?.join(), apart]);
}

export function FigureView(props: FigureViewProps) {
  const {figure: loaded, error, loading, rough} = useShown(props);
  // A step of a replay stays until the next one is there.
  const before = useRef<Figure | undefined>(undefined);
  before.current = loaded ?? (props.axesOf && loading ? before.current : undefined);
  const shown = before.current;
  const figure = useMemo(() => shown && overAxesOf(shown, props.axesOf), [shown, props.axesOf]);
  const warnings = useNew<HTMLElement>(figure?.warnings);
  const open = useSignal(false);
  const title = TITLES[props.request.kind];
  const zoomed = params.value.zoom?.startsWith(`${props.request.kind}.`);
  const id = `figure-${props.request.kind}`;
  return (
    <figure ref={warnings.ref} class="figure" aria-labelledby={`${id}-title`} aria-busy={loading} data-kind={props.request.kind}>
      <div class="figure-head">
        <h2 id={`${id}-title`}>{title}</h2>
        <div class="figure-tools">
          {zoomed && <button type="button" class="quiet" onClick={() => setParams({zoom: undefined}, false)}>Whole range</button>}
          {figure?.table && <button type="button" class="quiet" aria-expanded={open.value}
            onClick={() => { open.value = !open.value; }}>Table</button>}
          {figure && !props.variants && <Exports request={props.request} />}
        </div>
      </div>
      {figure && !props.quiet && figure.sentence && <figcaption><Said text={figure.sentence} /></figcaption>}
      {error && <p class="nothing"><Said text={error} /></p>}
      {!figure && loading && !error && <div class="waiting" style={{height: `${props.height ?? 360}px`}} />}
      {figure && <Warnings list={warnings.list} />}
      {figure && <PanelsOf figure={figure} height={props.height} columns={props.columns} onPlace={props.onPlace} />}
      {figure && <Legend figure={figure} />}
      {figure && <Notes figure={figure} rough={rough ?? false} />}
      {open.value && figure?.table && <DataTable table={figure.table} label={`Table of ${title}`} />}
    </figure>
  );
}
