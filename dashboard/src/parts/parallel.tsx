import {useSignal} from '@preact/signals';
import {useEffect, useLayoutEffect, useMemo, useRef} from 'preact/hooks';
import {paletteOf, type Palette} from '../figure/colors';
import {campaignName, params, setParams} from '../state/route';
import {dark} from '../state/theme';
import {TrialRows} from '../state/trials';
import {cellText} from '../text/cells';
import type {Value} from '../api/columns';
import {tableFilter} from './request';
import {axesOf, placeOn, valueOn, withBounds, type ParallelAxis} from './parallel_scales';

// Trials as lines over several columns. A brush over an axis becomes a part of
// the filter, so that the table and every figure follow it.

const NAMES = ['number', 'state', 'budget_flops', 'depth', 'width', 'aspect_ratio', 'size', 'tokens', 'decode_seconds',
  'loss_above_best', 'validation_loss'];
const NARROWEST = 104, HEIGHT = 300, TOP = 34, BOTTOM = 24, SIDE = 46;

const xOf = (i: number, of: number, width: number) => SIDE + (width - 2 * SIDE) * i / Math.max(1, of - 1);
const yOf = (place: number) => TOP + (1 - place) * (HEIGHT - TOP - BOTTOM);
const placeAt = (y: number) => Math.min(1, Math.max(0, 1 - (y - TOP) / (HEIGHT - TOP - BOTTOM)));

function drawLines(canvas: HTMLCanvasElement, rows: TrialRows, axes: readonly ParallelAxis[], budgets: readonly Value[],
    width: number, palette: Palette) {
  const ratio = devicePixelRatio || 1;
  canvas.width = width * ratio;
  canvas.height = HEIGHT * ratio;
  const context = canvas.getContext('2d');
  if (!context) return;
  context.scale(ratio, ratio);
  context.globalAlpha = Math.max(0.04, Math.min(0.7, 60 / Math.max(1, rows.table.rows)));
  const columns = axes.map(axis => rows.table.columns.get(axis.column.name) ?? []);
  const colors = rows.table.columns.get('budget_flops') ?? [];
  for (const [index, budget] of budgets.entries()) {
    context.strokeStyle = palette.budget(index, budgets.length);
    context.beginPath();
    for (let row = 0; row < rows.table.rows; ++row) {
      if (colors[row] !== budget) continue;
      let gap = true;
      axes.forEach((axis, i) => {
        const value = columns[i]?.[row];
        if (typeof value !== 'number') {
          gap = true;
          return;
        }
        const x = xOf(i, axes.length, width), y = yOf(placeOn(axis, value));
        if (gap) context.moveTo(x, y);
        else context.lineTo(x, y);
        gap = false;
      });
    }
    context.stroke();
  }
}

export function Parallel() {
  const filter = params.value.where ?? '';
  const drawn = tableFilter();
  const rows = useMemo(() => new TrialRows(campaignName.value, drawn, NAMES), [campaignName.value, drawn]);
  useEffect(() => () => rows.close(), [rows]);
  const host = useRef<HTMLDivElement>(null), canvas = useRef<HTMLCanvasElement>(null);
  const width = useSignal(0);
  const palette = paletteOf(dark.value), version = rows.version.value;
  const axes = useMemo(() => axesOf(rows.table), [rows, version]);
  // Verification runs have budgets that the campaign has not.
  const budgets = useMemo(() => [...new Set(rows.table.columns.get('budget_flops'))].sort((a, b) => Number(a) - Number(b)),
      [rows, version]);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(() => { width.value = host.current?.clientWidth ?? 0; });
    if (host.current) observer.observe(host.current);
    return () => observer.disconnect();
  }, []);
  const wide = Math.max(width.value, axes.length * NARROWEST);
  useLayoutEffect(() => {
    if (canvas.current && width.value > 0) drawLines(canvas.current, rows, axes, budgets, wide, palette);
  }, [axes, budgets.join(), wide, palette]);
  return (
    <section class="parallel" aria-label="Parallel coordinates">
      <p class="note">Each line is a trial, coloured by budget. Drag along an axis to filter by it; a double click takes that away.</p>
      <div ref={host} class="scroll-x" role="region" aria-label="Axes and lines" tabIndex={0}>
      <div class="parallel-picture" style={{width: `${wide}px`}} role="img" aria-label={`${rows.table.rows} trials over ${axes.map(axis => axis.column.title).join(', ')}; the filter says the same as brushes`}>
        <canvas ref={canvas} style={{width: '100%', height: `${HEIGHT}px`}} />
        {width.value > 0 && axes.map((axis, i) => <Axis key={axis.column.name} axis={axis} x={xOf(i, axes.length, wide)} filter={filter} />)}
      </div>
      </div>
    </section>
  );
}

function Axis({axis, x, filter}: {axis: ParallelAxis, x: number, filter: string}) {
  const from = useRef<number | undefined>(undefined);
  const brushed = useSignal<readonly [number, number] | undefined>(undefined);
  const at = (event: PointerEvent) => placeAt(event.clientY - ((event.currentTarget as HTMLElement).parentElement?.getBoundingClientRect().top ?? 0));
  const end = (event: PointerEvent) => {
    if (from.current === undefined) return;
    const ends = [from.current, at(event)].sort((a, b) => a - b) as [number, number];
    from.current = undefined;
    brushed.value = undefined;
    if (ends[1] - ends[0] > 0.02) setParams({where: withBounds(filter, axis, ends[0], ends[1]) || undefined}, false);
  };
  return (
    <div class="parallel-axis" style={{left: `${x - 16}px`}}
      onPointerDown={event => {
        event.currentTarget.setPointerCapture(event.pointerId);
        from.current = at(event);
      }}
      onPointerMove={event => { if (from.current !== undefined) brushed.value = [from.current, at(event)]; }}
      onPointerUp={end} onDblClick={() => setParams({where: withBounds(filter, axis, 0, 1) || undefined}, false)}>
      <span class="parallel-title">{axis.column.title}</span>
      <span class="parallel-line" style={{top: `${TOP}px`, height: `${HEIGHT - TOP - BOTTOM}px`}} />
      {[0, 0.5, 1].map(place => <span key={place} class="parallel-tick" style={{top: `${yOf(place) - 8}px`}}>{cellText(axis.column, valueOn(axis, place))}</span>)}
      {brushed.value && <span class="brush" style={{left: '8px', width: '16px', top: `${yOf(Math.max(...brushed.value))}px`,
        height: `${yOf(Math.min(...brushed.value)) - yOf(Math.max(...brushed.value))}px`}} />}
    </div>
  );
}
