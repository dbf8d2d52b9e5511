import type {FigureAxis} from 'generated/api';
import {count, localTime, scientific, seconds} from '../text/numbers';

// Where an axis has ticks and what stands at them. Logarithmic axes get 1, 2, 5
// of a decade if they span few, decades alone if they span many, and the ticks
// of a linear axis if they span less than one. What is counted has few values,
// of which a reader looks for one: it gets 3 and 7 as well.

export interface Limits {
  min: number;
  max: number;
}

export interface Ticks {
  values: number[];
  text: (value: number) => string;
}

// Limits that can be drawn, whatever the figure says.
export function limitsOf(axis: FigureAxis | undefined): Limits {
  const categories = axis?.categories?.length ?? 0;
  if (categories > 0) return {min: -0.5, max: categories - 0.5};
  const min = axis?.min ?? NaN, max = axis?.max ?? NaN;
  if (Number.isFinite(min) && Number.isFinite(max) && min < max && !(axis?.log && min <= 0)) return {min, max};
  return axis?.log ? {min: 1, max: 10} : {min: 0, max: 1};
}

// About `wanted` round values from min to max; `whole`: of what is counted.
function linearTicks({min, max}: Limits, wanted: number, whole = false): number[] {
  const rough = Math.max(whole ? 1 : 0, (max - min) / Math.max(1, wanted));
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find(m => m * power >= rough * 0.8) ?? 10);
  const ticks: number[] = [];
  for (let i = Math.ceil(min / step - 1e-9); i * step <= max + step * 1e-9; ++i) {
    ticks.push(Number((i * step).toPrecision(12)));
  }
  return ticks;
}

function logTicks(limits: Limits, wanted: number, whole = false): number[] {
  const decades = Math.log10(limits.max / limits.min);
  if (decades < 0.7) return apart(linearTicks(limits, wanted, whole), decades / wanted * 0.6);
  const every = Math.max(1, Math.ceil(decades / wanted));
  const choices = whole ? MULTIPLES : MULTIPLES.slice(0, -1);
  const densest = Math.max(0, choices.findLastIndex(({room}) => decades * room <= wanted));
  // Decades that are left out leave no room for parts of one.
  if (every > 1) return ticksOfDecades(limits, every, [1]);
  // The densest that there is room for, and a denser one if it shows too few.
  for (const {multiples} of choices.slice(densest)) {
    const ticks = ticksOfDecades(limits, every, multiples).filter(value => !whole || value >= 1);
    if (ticks.length >= 3) return ticks;
  }
  return linearTicks(limits, wanted, whole);
}

// Values that differ by that much of a decade: round steps lie closer and closer
// on a logarithmic axis.
function apart(values: number[], decades: number): number[] {
  const kept: number[] = [];
  for (const value of values) {
    const last = kept.at(-1);
    if (last === undefined || Math.log10(value / last) >= decades) kept.push(value);
  }
  return kept;
}

// `room`: the ticks that fit into a decade if these do, by the closest two of
// them.
const MULTIPLES = [
  {multiples: [1], room: 1}, {multiples: [1, 3], room: 2}, {multiples: [1, 2, 5], room: 3}, {multiples: [1, 2, 3, 5, 7], room: 7},
] as const;

function ticksOfDecades({min, max}: Limits, every: number, multiples: readonly number[]): number[] {
  const ticks: number[] = [];
  const first = Math.floor(Math.log10(min)), last = Math.ceil(Math.log10(max));
  for (let power = every > 1 ? Math.ceil(first / every) * every : first; power <= last; power += every) {
    for (const multiple of multiples) {
      const value = Number(`${multiple}e${power}`);
      if (value >= min * 0.999 && value <= max * 1.001) ticks.push(value);
    }
  }
  return ticks;
}

// Small multiples of a round time, in seconds since 1970.
function timeTicks({min, max}: Limits, wanted: number): Ticks {
  const rough = (max - min) / Math.max(1, wanted);
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 2592000];
  const step = steps.find(s => s >= rough) ?? Math.ceil(rough / 2592000) * 2592000;
  // Round by the reader's clock, which summer time sets on an hour and back: what
  // it shows is counted on, and not the time that passes.
  const ahead = -60 * new Date(min * 1000).getTimezoneOffset();
  const values: number[] = [];
  for (let shown = Math.ceil((min + ahead) / step) * step; ; shown += step) {
    const at = new Date(1970, 0, 1, 0, 0, shown).getTime() / 1000;
    if (!(at <= max)) break;
    // An hour that is left out ends where the next one begins.
    if (at >= min && at !== values.at(-1)) values.push(at);
  }
  // Less than a step has one moment.
  if (values.length === 0) values.push((min + max) / 2);
  const text = (value: number) => {
    const [day = '', clock = ''] = localTime(value).split(' ');
    // Midnight is told by the day that begins.
    if (step >= 86400 || (step >= 60 && clock.startsWith('00:00'))) return day.slice(5);
    return step >= 60 ? clock.slice(0, 5) : clock;
  };
  return {values, text};
}

export const inSeconds = (axis: FigureAxis | undefined): boolean => /^seconds\b/.test(axis?.label ?? '');

// Decimals that tell neighbouring ticks apart.
function decimals(values: number[]): number {
  const step = values.length > 1 ? Math.abs((values[1] ?? 0) - (values[0] ?? 0)) : Math.abs(values[0] ?? 1);
  return Math.max(0, Math.min(9, -Math.floor(Math.log10(step || 1) + 1e-9)));
}

// As many digits as tell these values apart.
function distinct(values: number[], format: (value: number, digits: number) => string, fewest: number) {
  let digits = fewest;
  while (digits < 7 && new Set(values.map(value => format(value, digits))).size < values.length) ++digits;
  return (value: number) => format(value, digits);
}

export function textOf(axis: FigureAxis | undefined, values: number[]): (value: number) => string {
  const largest = Math.max(...values.map(Math.abs));
  // Of no FLOPs at all the axis ends at 1.
  if (axis?.label?.includes('FLOPs') && !axis.label.startsWith('N') && largest > 1) return distinct(values, scientific, 2);
  if (inSeconds(axis)) return distinct(values, seconds, 3);
  if (largest >= 1000) return distinct(values, count, 3);
  if (largest < 1e-3) return distinct(values, scientific, 2);
  if (axis?.log && values.length > 1 && (values[0] ?? 1) !== 0 && Math.abs((values.at(-1) ?? 1) / (values[0] ?? 1)) >= 5) {
    return value => String(Number(value.toPrecision(3)));
  }
  const digits = decimals(values);
  return value => value.toFixed(digits);
}

// What is said of an axis: of times, the day on which it begins, and whose clock
// it is (files that the coordinator draws have UTC).
export const labelOf = (axis: FigureAxis | undefined, limits: Limits): string =>
  axis?.time ? `${axis.label ?? ''}, from ${localTime(limits.min).slice(0, 10)} (your time)` : axis?.label ?? '';

const COUNTS = /^(depth|width,|trials)/;

export function ticksOf(axis: FigureAxis | undefined, limits: Limits, wanted: number): Ticks {
  const categories = axis?.categories ?? [];
  if (categories.length > 0) {
    return {values: categories.map((_, i) => i), text: value => categories[value] ?? ''};
  }
  if (axis?.time) return timeTicks(limits, wanted);
  // There is no half a layer.
  const whole = COUNTS.test(axis?.label ?? '');
  const values = axis?.log ? logTicks(limits, wanted, whole) : linearTicks(limits, wanted, whole);
  return {values, text: textOf(axis, values)};
}
