import type {FigurePanel} from 'generated/api';
import type {Limits} from './axes';
import type {Palette} from './colors';

// A scale as Plot gives it out.
export interface Scale {
  apply: (value: number) => number;
  invert: (pixel: number) => number;
}

// The place of a panel's marks in its picture, in pixels.
export interface Frame {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

// What the marks of one panel are drawn with.
export interface Setting {
  panel: FigurePanel;
  // All of the figure, whose lines are told apart.
  panels: readonly FigurePanel[];
  // So many points that whiskers would hide them.
  crowded: boolean;
  // How many points there are of each name.
  named: ReadonlyMap<string, number>;
  colors: number;
  palette: Palette;
  x: Limits;
  y: Limits;
  width: number;
  height: number;
}
