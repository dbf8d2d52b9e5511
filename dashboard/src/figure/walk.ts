import type {Point} from './point_marks';

// Finding points by pointer and by keys.

export function nearest(points: readonly Point[], x: number, y: number, within: number): Point | undefined {
  let best: Point | undefined, distance = within * within;
  for (const point of points) {
    const d = (point.px - x) ** 2 + (point.py - y) ** 2;
    // Of points at one place the last, which is on top.
    if (d <= distance) {
      best = point;
      distance = d;
    }
  }
  return best;
}

// Where a key leads from a point: left and right along its series, up and down
// to the series before and after, Home and End to its ends. Undefined for other
// keys.
export function walk(points: readonly Point[], from: Point | undefined, key: string): Point | undefined {
  const step = {ArrowRight: 1, ArrowLeft: -1}[key];
  const turn = {ArrowDown: 1, ArrowUp: -1}[key];
  const known = step !== undefined || turn !== undefined || key === 'Home' || key === 'End';
  if (!known || points.length === 0) return undefined;
  if (!from || !points.includes(from)) return points[0];
  const own = points.filter(point => point.series === from.series);
  if (key === 'Home') return own[0];
  if (key === 'End') return own.at(-1);
  if (step !== undefined) return own[own.indexOf(from) + step] ?? from;
  const series = [...new Set(points.map(point => point.series))];
  const next = series[series.indexOf(from.series) + (turn ?? 0)];
  if (!next) return from;
  const others = points.filter(point => point.series === next);
  return others.reduce((best, point) => Math.abs(point.px - from.px) < Math.abs(best.px - from.px) ? point : best);
}
