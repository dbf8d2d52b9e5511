// Numbers as people read them, the same in every view.

type Maybe = number | null | undefined;

const NONE = '–';

function finite(value: Maybe): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

// Three digits, without an exponent where there is room: 0.0421, 3.1, 128.
export function short(value: Maybe, digits = 3): string {
  if (!finite(value)) return NONE;
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return scientific(value, digits);
  return String(Number(value.toPrecision(digits)));
}

// 1e11, 2.7e12: budgets as filters and flags take them.
export function scientific(value: Maybe, digits = 3): string {
  if (!finite(value)) return NONE;
  if (value === 0) return '0';
  const [mantissa = '', exponent = ''] = value.toExponential(digits - 1).split('e');
  return `${Number(mantissa)}e${Number(exponent)}`;
}

export const flops = scientific;

// 32.1k, 1.2M, 4.5B.
export function count(value: Maybe, digits = 3): string {
  if (!finite(value)) return NONE;
  const size = Math.abs(value);
  if (size >= 999.5e12) return scientific(value, digits);
  for (const [unit, suffix] of [[1e12, 'T'], [1e9, 'B'], [1e6, 'M'], [1e3, 'k']] as const) {
    if (size >= unit * 0.9995) return `${Number((value / unit).toPrecision(digits))}${suffix}`;
  }
  return String(Number(value.toPrecision(digits)));
}

export function loss(value: Maybe): string {
  return finite(value) ? value.toFixed(3) : NONE;
}

export function bytes(value: Maybe): string {
  if (!finite(value)) return NONE;
  for (const [unit, suffix] of [[2 ** 40, 'TiB'], [2 ** 30, 'GiB'], [2 ** 20, 'MiB'], [2 ** 10, 'KiB']] as const) {
    // 999.5 of a unit and above would have four digits.
    if (value < unit / 1024 * 999.5) continue;
    const size = value / unit;
    return `${Number(size < 9.995 ? size.toFixed(2) : size.toPrecision(3))} ${suffix}`;
  }
  return `${Number(value.toPrecision(3))} B`;
}

// A short time: 120 µs, 4.1 ms, 2.3 s.
export function seconds(value: Maybe, digits = 3): string {
  if (!finite(value)) return NONE;
  for (const [unit, suffix] of [[1, 's'], [1e-3, 'ms'], [1e-6, 'µs']] as const) {
    if (value >= unit * 0.9995) return `${Number((value / unit).toPrecision(digits))} ${suffix}`;
  }
  return `${short(value * 1e9)} ns`;
}

// A long time: 45 s, 12 min, 3 h 20 min, 2 d 4 h.
export function duration(value: Maybe): string {
  if (!finite(value)) return NONE;
  const whole = Math.max(0, Math.round(value));
  if (whole < 90) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

// 12.3 % of the share 0.123.
export function percent(share: Maybe): string {
  return finite(share) ? `${Number((share * 100).toPrecision(3))} %` : NONE;
}

// `1.096 [1.021, 1.177]`; an end that is open is `?`.
export function interval(
    estimate: {value?: Maybe, lower?: Maybe, upper?: Maybe} | undefined,
    format: (value: Maybe) => string = short): string {
  if (!estimate || !finite(estimate.value)) return NONE;
  const value = format(estimate.value);
  if (!finite(estimate.lower) && !finite(estimate.upper)) return value;
  const end = (at: Maybe) => finite(at) ? format(at) : '?';
  return `${value} [${end(estimate.lower)}, ${end(estimate.upper)}]`;
}

// `1 trial`, `3 trials`.
export function several(number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
}

// What is typed as a number: 1e12, 50k, 4GiB; undefined if it is none.
export function parseNumber(text: string): number | undefined {
  const match = /^\s*([-+]?[\d.]+(?:e[-+]?\d+)?)\s*(k|M|G|B|T|KiB|MiB|GiB|TiB)?\s*$/i.exec(text);
  if (!match) return undefined;
  const units: Record<string, number> = {
    k: 1e3, m: 1e6, g: 1e9, b: 1e9, t: 1e12, kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30, tib: 2 ** 40,
  };
  const value = Number(match[1]) * (match[2] ? units[match[2].toLowerCase()] ?? NaN : 1);
  return Number.isFinite(value) ? value : undefined;
}

export const shape = (depth: Maybe, width: Maybe) => `${depth ?? '?'} × ${width ?? '?'}`;
export const shortName = (name: string | undefined) => (name ?? '').slice((name ?? '').lastIndexOf('/') + 1);

export function clock(time: Date): string {
  return time.toLocaleTimeString('en-GB');
}

const whole = (time: Date) => `${time.toLocaleDateString('sv')} ${clock(time)}`;

export const dateTime = (text: string | undefined): string => text ? whole(new Date(text)) : NONE;

// Of seconds since 1970, where the reader is: 2026-11-29 21:00:05.
export const localTime = (seconds1970: number): string => whole(new Date(seconds1970 * 1000));
