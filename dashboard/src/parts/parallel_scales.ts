import {COLUMNS, type ColumnInfo} from '../api/columns';
import type {TrialTable} from '../api/columns';

// Axes of parallel coordinates: logarithmic if values are above 0 and span much,
// and clipped at ranks, so that a few far values do not press the others
// together. Places run from 0 (bottom) to 1 (top).

export interface ParallelAxis {
  column: ColumnInfo;
  log: boolean;
  low: number;
  high: number;
}

const NAMES = ['depth', 'width', 'aspect_ratio', 'size', 'tokens', 'decode_seconds', 'loss_above_best', 'validation_loss'];
// Values beyond these ranks are drawn at the ends.
const CLIP = 0.005;
const WIDE = 20;

export function axesOf(table: TrialTable): ParallelAxis[] {
  const axes: ParallelAxis[] = [];
  for (const name of NAMES) {
    const column = COLUMNS.find(one => one.name === name);
    const values = (table.columns.get(name) ?? []).filter((value): value is number => typeof value === 'number').sort((a, b) => a - b);
    if (!column || values.length < 2) continue;
    const at = (share: number) => values[Math.round(share * (values.length - 1))] ?? 0;
    const low = at(values.length > 200 ? CLIP : 0), high = at(values.length > 200 ? 1 - CLIP : 1);
    if (!(high > low)) continue;
    axes.push({column, low, high, log: low > 0 && high / low > WIDE});
  }
  return axes;
}

export function placeOn(axis: ParallelAxis, value: number): number {
  const scale = (v: number) => axis.log ? Math.log(Math.max(v, axis.low * 1e-3)) : v;
  const share = (scale(value) - scale(axis.low)) / (scale(axis.high) - scale(axis.low));
  return Math.min(1, Math.max(0, share));
}

export function valueOn(axis: ParallelAxis, place: number): number {
  return axis.log ? axis.low * (axis.high / axis.low) ** place : axis.low + (axis.high - axis.low) * place;
}

// The filter without the bounds of a column, and with new ones; both ends count
// as inside, and an end at the end of the axis is no bound.
export function withBounds(filter: string, axis: ParallelAxis, from: number, to: number): string {
  const name = axis.column.name;
  const terms = filter.split(/\s+/).filter(term => term && !new RegExp(`^${name}(>=|<=|>|<)`).test(term));
  const digits = (value: number) => String(Number(value.toPrecision(4)));
  if (from > 0) terms.push(`${name}>=${digits(valueOn(axis, from))}`);
  if (to < 1) terms.push(`${name}<=${digits(valueOn(axis, to))}`);
  return terms.join(' ');
}
