import type {FigureKind} from 'generated/api';
import {params, setParams} from '../state/route';
import type {Limits} from './axes';

// What a reader zoomed to, in the address: `isoflop.0:1e4,3e5,1.1,2.4`.

export interface Zoom {
  x: Limits;
  y: Limits;
}

export function zoomOf(kind: FigureKind, panel: number): Zoom | undefined {
  const [place, limits] = (params.value.zoom ?? '').split(':');
  if (place !== `${kind}.${panel}`) return undefined;
  const [x0, x1, y0, y1] = (limits ?? '').split(',').map(Number);
  if (x0 === undefined || x1 === undefined || y0 === undefined || y1 === undefined) return undefined;
  return x0 < x1 && y0 < y1 ? {x: {min: x0, max: x1}, y: {min: y0, max: y1}} : undefined;
}

export function setZoom(kind: FigureKind, panel: number, zoom: Zoom | undefined) {
  const digits = (value: number) => String(Number(value.toPrecision(4)));
  setParams({zoom: zoom &&
    `${kind}.${panel}:${[zoom.x.min, zoom.x.max, zoom.y.min, zoom.y.max].map(digits).join(',')}`}, false);
}
