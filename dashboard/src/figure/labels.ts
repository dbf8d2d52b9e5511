import type * as Plot from '@observablehq/plot';
import type {FigureSeries} from 'generated/api';
import {cellShare} from './area_marks';
import {inkOn} from './colors';
import {colorOf} from './roles';
import type {Setting} from './setting';

// Texts that a figure writes beside its marks. A text is put where none is yet:
// above, below, right or left of its mark. That of an inner point of a line
// stands on the line, at another of its points if need be, as beside it it might
// be the next line's. If there is no room it is left out, as the read-out and
// the table have it too.

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

// Texts that are nearer than GAP are read as one.
const GLYPH = 6.2, LINE = 14, GAP = 6;

export function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

// Boxes for a text of that width around (x, y), best first, with how it is
// anchored.
function places(x: number, y: number, width: number, onLine: boolean) {
  const box = (cx: number, cy: number) => ({left: cx - width / 2, right: cx + width / 2, top: cy - LINE / 2, bottom: cy + LINE / 2});
  if (onLine) return [box(x, y)];
  return [box(x, y - 15), box(x, y + 15), box(x + width / 2 + 9, y), box(x - width / 2 - 9, y),
    box(x + width / 2 + 6, y - 14), box(x - width / 2 - 6, y - 14)];
}

const widened = (box: Box) => ({left: box.left - GAP, right: box.right + GAP, top: box.top - 1, bottom: box.bottom + 1});

// The first box around one of the anchors that is inside the frame and free, and
// hides no mark if there is such a one; it is taken then.
export function freePlace(anchors: readonly (readonly [number, number])[], width: number, frame: Box, taken: Box[],
    marks: readonly Box[] = [], onLine = false): Box | undefined {
  const free = anchors.flatMap(([x, y]) => places(x, y, width, onLine)).filter(box => box.left >= frame.left &&
    box.right <= frame.right + 8 && box.top >= frame.top && box.bottom <= frame.bottom &&
    !taken.some(other => overlap(widened(box), other)));
  const found = free.find(box => !marks.some(mark => overlap(box, mark))) ?? free[0];
  if (found) taken.push(found);
  return found;
}

const MARKS_AT_MOST = 600;

// The boxes of cells in the picture.
function cellBoxes(series: FigureSeries, x: (v: number) => number, y: (v: number) => number): Box[] {
  return (series.x_lower ?? []).flatMap((from, i) => {
    const xs = [x(from ?? NaN), x(series.x_upper?.[i] ?? NaN)], ys = [y(series.y_lower?.[i] ?? NaN), y(series.y_upper?.[i] ?? NaN)];
    const box = {left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys)};
    return Object.values(box).every(Number.isFinite) ? [box] : [];
  });
}

// Where points and measured cells are, and lines that matter more than the texts
// beside them.
function marksOf(setting: Setting, x: (v: number) => number, y: (v: number) => number): Box[] {
  const boxes: Box[] = [];
  for (const series of setting.panel.series ?? []) {
    if (series.mark === 'cells' && series.role === 'measured') boxes.push(...cellBoxes(series, x, y).slice(0, MARKS_AT_MOST));
    if (series.mark !== 'points' && (series.mark !== 'line' || series.write_labels)) continue;
    for (let i = 0; i < (series.x?.length ?? 0) && boxes.length < MARKS_AT_MOST; ++i) {
      const px = x(series.x?.[i] ?? NaN), py = y(series.y?.[i] ?? NaN);
      if (Number.isFinite(px) && Number.isFinite(py)) boxes.push({left: px - 3, right: px + 3, top: py - 3, bottom: py + 3});
    }
  }
  return boxes;
}

interface Text {
  text: string;
  // Places that it may stand beside, the best first.
  anchors: [number, number][];
  color: string;
  // In the middle of its place, whatever else is there.
  centred: boolean;
  onLine: boolean;
}

const ALONG = 12;

// Other points of a line of that length, the nearest to `from` first.
function alongLine(length: number, from: number): number[] {
  const step = Math.max(1, Math.floor(length / ALONG));
  return Array.from({length: Math.ceil(length / step)}, (_, k) => k * step)
      .sort((a, b) => Math.abs(a - from) - Math.abs(b - from));
}

function textsOf(setting: Setting, x: (v: number) => number, y: (v: number) => number, frame: Box): Text[] {
  const texts: Text[] = [];
  const share = cellShare(setting);
  for (const series of setting.panel.series ?? []) {
    if (!series.write_labels) continue;
    const color = colorOf(series, setting.colors, setting.palette);
    (series.labels ?? []).forEach((text, i) => {
      if (!text) return;
      const middle = (a: number | null | undefined, b: number | null | undefined, scale: (v: number) => number) =>
        (scale(a ?? 0) + scale(b ?? 0)) / 2;
      if (series.mark === 'cells') {
        const z = series.z?.[i];
        const on = z === null || z === undefined ? setting.palette.ink : inkOn(setting.palette.cell(share(z)));
        texts.push({text, color: on, centred: true, onLine: false, anchors: [[
          middle(series.x_lower?.[i], series.x_upper?.[i], x), middle(series.y_lower?.[i], series.y_upper?.[i], y)]]});
        return;
      }
      const at = (place: number): [number, number] => [
        series.mark === 'rule_y' ? frame.right - text.length * GLYPH / 2 - 12 : x(series.x?.[place] ?? NaN),
        series.mark === 'rule_x' ? frame.top + 22 : y(series.y?.[place] ?? NaN),
      ];
      const anchors = [i, ...series.mark === 'line' ? alongLine(series.x?.length ?? 0, i) : []].map(at)
          .filter(([px, py]) => Number.isFinite(px) && Number.isFinite(py));
      const onLine = series.mark === 'line' && i > 0 && i + 1 < (series.x?.length ?? 0);
      if (anchors.length > 0) texts.push({text, color, centred: false, onLine, anchors});
    });
  }
  return texts;
}

export function labelMark(setting: Setting): Plot.RenderFunction {
  return (_index, scales, _values, dimensions) => {
    const frame = {
      left: dimensions.marginLeft, right: dimensions.width - dimensions.marginRight,
      top: dimensions.marginTop, bottom: dimensions.height - dimensions.marginBottom,
    };
    const group = document.createElementNS('http://www.w3.org/2000/svg', 'g');
    group.setAttribute('class', 'plot-labels');
    const taken: Box[] = [], marks = marksOf(setting, scales.x as never, scales.y as never);
    for (const text of textsOf(setting, scales.x as never, scales.y as never, frame)) {
      const width = text.text.length * GLYPH;
      const [x, y] = text.anchors[0] ?? [0, 0];
      const box = text.centred ? {left: x - width / 2, right: x + width / 2, top: y - LINE / 2, bottom: y + LINE / 2} :
        freePlace(text.anchors, width, frame, taken, marks, text.onLine);
      if (!box) continue;
      const element = document.createElementNS('http://www.w3.org/2000/svg', 'text');
      element.setAttribute('x', ((box.left + box.right) / 2).toFixed(1));
      element.setAttribute('y', ((box.top + box.bottom) / 2 + 4).toFixed(1));
      element.setAttribute('text-anchor', 'middle');
      element.setAttribute('fill', text.color);
      element.setAttribute('class', text.centred ? '' : 'halo');
      element.textContent = text.text;
      group.append(element);
    }
    return group;
  };
}
