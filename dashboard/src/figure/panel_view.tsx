import {useSignal} from '@preact/signals';
import {useEffect, useLayoutEffect, useRef} from 'preact/hooks';
import type {Figure, FigurePanel} from 'generated/api';
import {dark} from '../state/theme';
import {useReason} from '../state/reasons';
import {params, setParams} from '../state/route';
import {paletteOf} from './colors';
import {drawPanel, type Drawing} from './draw';
import type {Point} from './point_marks';
import {play} from './sound';
import {walk, nearest} from './walk';
import {setZoom, zoomOf} from './zoom';

// One panel: the picture, and what a reader does with it. Pointing and walking
// change what is read out, never the picture.

export interface PanelProps {
  figure: Figure;
  panel: FigurePanel;
  index: number;
  width: number;
  height: number;
  left?: number | undefined;
  // The place of a click that is not on a point, in the axes' values.
  onPlace?: ((x: number, y: number, xLabel: string) => void) | undefined;
}

const RING = 'http://www.w3.org/2000/svg';

// Rings around the points of the trial that is selected and of the point that
// is read out.
function drawRings(drawing: Drawing, read: Point | undefined, selected: number | undefined, accent: string) {
  drawing.svg.querySelector('.rings')?.remove();
  const group = document.createElementNS(RING, 'g');
  group.setAttribute('class', 'rings');
  const ring = (point: Point, radius: number, color: string) => {
    const circle = document.createElementNS(RING, 'circle');
    for (const [key, value] of Object.entries({cx: point.px, cy: point.py, r: radius, fill: 'none', stroke: color,
      'stroke-width': 2})) circle.setAttribute(key, String(value));
    group.append(circle);
  };
  if (selected !== undefined) {
    for (const point of drawing.points) {
      if (point.trial === selected && point.series.mark !== 'line') ring(point, 9, accent);
    }
  }
  if (read) ring(read, 7, read.color);
  drawing.svg.append(group);
}

export function PanelView(props: PanelProps) {
  const {figure, panel, index, width, height} = props;
  const host = useRef<HTMLDivElement>(null);
  const drawing = useRef<Drawing | undefined>(undefined);
  const read = useSignal<Point | undefined>(undefined);
  const drag = useRef<{x: number, y: number} | undefined>(undefined);
  const palette = paletteOf(dark.value);
  const kind = figure.kind ?? 'unspecified';
  const zoom = zoomOf(kind, index);
  const selected = params.value.sel ? Number(params.value.sel) : undefined;
  const reason = useReason(read.value?.trial);

  useLayoutEffect(() => {
    const drawn = drawPanel(figure, panel, {width, height, palette, zoom, ...props.left && {left: props.left}});
    drawing.current = drawn;
    // A point that is read out is the same trial or place in the new picture.
    const before = read.peek();
    read.value = before && drawn.points.find(point => point.text === before.text);
    host.current?.querySelector('svg')?.remove();
    host.current?.prepend(drawn.svg);
    drawRings(drawn, read.peek(), selected, palette.accent);
  }, [figure, panel, width, height, palette, props.left, params.value.zoom]);

  useEffect(() => {
    if (drawing.current) drawRings(drawing.current, read.value, selected, palette.accent);
  }, [read.value, selected, palette]);

  const at = (event: PointerEvent) => {
    const box = host.current?.getBoundingClientRect();
    return {x: event.clientX - (box?.left ?? 0), y: event.clientY - (box?.top ?? 0)};
  };
  const choose = (point: Point | undefined) => {
    if (point?.trial !== undefined) setParams({sel: String(point.trial)}, false);
  };

  const onPointerMove = (event: PointerEvent) => {
    const {x, y} = at(event);
    if (drag.current) {
      brush(host.current, drag.current, {x, y}, drawing.current);
      return;
    }
    read.value = nearest(drawing.current?.points ?? [], x, y, 28);
  };
  const onPointerDown = (event: PointerEvent) => {
    if (event.pointerType === 'mouse' && event.button === 0) drag.current = at(event);
  };
  const onPointerUp = (event: PointerEvent) => {
    const from = drag.current, to = at(event), drawn = drawing.current;
    drag.current = undefined;
    host.current?.querySelector('.brush')?.remove();
    if (!drawn) return;
    if (from && Math.abs(from.x - to.x) > 12 && Math.abs(from.y - to.y) > 12) {
      const ends = (a: number, b: number) => ({min: Math.min(a, b), max: Math.max(a, b)});
      setZoom(kind, index, {
        x: ends(drawn.x.invert(from.x), drawn.x.invert(to.x)),
        y: ends(drawn.y.invert(from.y), drawn.y.invert(to.y)),
      });
      return;
    }
    const point = nearest(drawn.points, to.x, to.y, 12);
    if (point?.trial !== undefined) choose(point);
    else if (inside(drawn, to.x, to.y)) props.onPlace?.(drawn.x.invert(to.x), drawn.y.invert(to.y), panel.x?.label ?? '');
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const points = drawing.current?.points ?? [];
    if (event.key === 'Enter') choose(read.value);
    else if (event.key === 'Escape') {
      if (!zoom && !read.value) return;
      if (zoom) setZoom(kind, index, undefined);
      read.value = undefined;
    } else {
      const next = walk(points, read.value, event.key);
      if (!next) return;
      read.value = next;
      sound(next, drawing.current);
    }
    event.preventDefault();
  };

  return (
    <div class="panel">
      {panel.title && <h3>{panel.title}</h3>}
      <div ref={host} class="panel-picture" tabIndex={0} role="group"
        aria-label={`${panel.title || figure.title || 'Figure'}: arrow keys walk the points, Enter opens the trial`}
        onPointerMove={onPointerMove} onPointerDown={onPointerDown} onPointerUp={onPointerUp}
        onPointerLeave={() => { if (!drag.current) read.value = undefined; }}
        onDblClick={() => setZoom(kind, index, undefined)} onKeyDown={onKeyDown} />
      <p class="read-out" aria-live="polite">
        {read.value ? <><span class="dot" style={{background: read.value.color}} />{read.value.text}{reason && <span class="why">Proposed: {reason}</span>}</> : ' '}
      </p>
    </div>
  );
}

function sound({px, py}: Point, drawn: Drawing | undefined) {
  if (!drawn) return;
  const {left, right, top, bottom} = drawn.frame;
  play((px - left) / (right - left), (bottom - py) / (bottom - top));
}

function inside({frame}: Drawing, x: number, y: number): boolean {
  return x >= frame.left && x <= frame.right && y >= frame.top && y <= frame.bottom;
}

// The rectangle that is dragged open.
function brush(host: HTMLElement | null, from: {x: number, y: number}, to: {x: number, y: number}, drawn: Drawing | undefined) {
  if (!host || !drawn) return;
  let box = host.querySelector<HTMLElement>('.brush');
  if (!box) {
    box = document.createElement('div');
    box.className = 'brush';
    host.append(box);
  }
  box.style.left = `${Math.min(from.x, to.x)}px`;
  box.style.top = `${Math.min(from.y, to.y)}px`;
  box.style.width = `${Math.abs(from.x - to.x)}px`;
  box.style.height = `${Math.abs(from.y - to.y)}px`;
}
