import assert from 'node:assert/strict';
import test from 'node:test';
import type {FigureSeries} from 'generated/api';
import type {Point} from '../../../dashboard/src/figure/point_marks';
import {nearest, walk} from '../../../dashboard/src/figure/walk';
import {pitchOf} from '../../../dashboard/src/figure/sound';
import {freePlace, overlap} from '../../../dashboard/src/figure/labels';

const series: FigureSeries[] = [{name: 'a'}, {name: 'b'}];
const point = (of: number, px: number, py: number): Point =>
  ({px, py, series: series[of] as FigureSeries, index: 0, color: '', trial: undefined, text: `${px},${py}`});
const points = [point(0, 10, 50), point(0, 30, 40), point(0, 60, 50), point(1, 12, 90), point(1, 55, 80)];

test('keys walk along a series and across to the nearest of the next', () => {
  assert.equal(walk(points, undefined, 'ArrowRight'), points[0]);
  assert.equal(walk(points, points[0], 'ArrowRight'), points[1]);
  assert.equal(walk(points, points[0], 'ArrowLeft'), points[0]);
  assert.equal(walk(points, points[2], 'ArrowDown'), points[4]);
  assert.equal(walk(points, points[4], 'ArrowDown'), points[4]);
  assert.equal(walk(points, points[1], 'End'), points[2]);
  assert.equal(walk(points, points[1], 'a'), undefined);
});

test('the nearest point is read out if it is near', () => {
  assert.equal(nearest(points, 31, 42, 20), points[1]);
  assert.equal(nearest(points, 200, 200, 20), undefined);
});

test('a text of a line stands at another of its points if the first has no room', () => {
  const frame = {left: 0, right: 400, top: 0, bottom: 200};
  const around = [{left: 60, right: 140, top: 60, bottom: 140}];
  const found = freePlace([[100, 100], [300, 100]], 60, frame, around);
  assert.ok(found && found.left > 200);
});

test('a tone is an octave higher for each third of the height, and never off the scale', () => {
  assert.deepEqual([0, 1 / 3, 1, 7].map(height => Math.round(pitchOf(height))), [220, 440, 1760, 1760]);
});

test('labels find a free place, or none', () => {
  const frame = {left: 0, right: 200, top: 0, bottom: 200};
  const taken: Parameters<typeof overlap>[0][] = [];
  const first = freePlace([[100, 100]], 60, frame, taken), second = freePlace([[104, 102]], 60, frame, taken);
  assert.ok(first && second && !overlap(first, second));
  const full = [{left: -1e3, right: 1e3, top: -1e3, bottom: 1e3}];
  assert.equal(freePlace([[100, 100]], 60, frame, full), undefined);
  // On a line, at the first of its points that has room.
  const onLine = freePlace([[100, 100], [150, 150]], 60, frame, [{left: 90, right: 110, top: 90, bottom: 110}], [], true);
  assert.deepEqual([(onLine?.left ?? 0) + 30, onLine?.bottom], [150, 157]);
});
