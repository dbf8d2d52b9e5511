import * as Plot from '@observablehq/plot';

// Colours of figures. Budgets run along viridis, away from the background: the
// larger, the further. What is asked about or chosen has the one accent; files
// have the same (figures/drawing/theme.cc, tests/figures/colors.csv).

export interface Palette {
  ink: string;
  soft: string;
  faint: string;
  surface: string;
  accent: string;
  check: string;  // what was measured to check a prediction
  failed: string;
  budget: (index: number, of: number) => string;
  // From the best (0) to the worst (1).
  cell: (share: number) => string;
}

const viridis = Plot.scale({color: {type: 'linear', scheme: 'viridis', domain: [0, 1]}}) as
    unknown as {apply: (share: number) => string};

function ramp(from: number, to: number) {
  return (index: number, of: number) => {
    const share = of > 1 ? Math.min(1, Math.max(0, index / (of - 1))) : 1;
    return viridis.apply(from + (to - from) * share);
  };
}

type Rgb = readonly [number, number, number];
function mix(from: Rgb, to: Rgb) {
  return (share: number) => {
    const at = Math.sqrt(Math.min(1, Math.max(0, share)));
    return `rgb(${from.map((c, i) => Math.round(c + ((to[i] ?? c) - c) * at)).join(',')})`;
  };
}

const LIGHT: Palette = {
  ink: '#1c1d21', soft: '#5d6068', faint: '#d9dade', surface: '#ffffff', accent: '#c2410c', check: '#7a3db8', failed: '#8a8d95',
  budget: ramp(0.7, 0.06),
  cell: mix([194, 65, 12], [245, 239, 235]),
};
const DARK: Palette = {
  ink: '#ececf0', soft: '#a3a6af', faint: '#363941', surface: '#17181c', accent: '#fb923c', check: '#c9a2ff', failed: '#7c808a',
  budget: ramp(0.45, 0.95),
  cell: mix([251, 146, 60], [44, 42, 44]),
};

export const paletteOf = (dark: boolean) => dark ? DARK : LIGHT;

// Black or white, whichever is read better on the colour `rgb(r,g,b)`.
export function inkOn(color: string): string {
  const [r = 0, g = 0, b = 0] = (color.match(/\d+/g) ?? []).map(Number);
  return 0.299 * r + 0.587 * g + 0.114 * b > 140 ? '#1c1d21' : '#ffffff';
}
