import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import test from 'node:test';
import type {FigureSeriesRole} from 'generated/api';
import {paletteOf} from '../../../dashboard/src/figure/colors';
import {placePoints} from '../../../dashboard/src/figure/point_marks';
import {colorOf, dashOf, lookOf} from '../../../dashboard/src/figure/roles';
import {newAt} from '../../../dashboard/src/figure/said_before';

const kindOf = (pattern: string) => {
  const [drawn = 0, gap = 0] = pattern.split(' ').map(Number);
  return !pattern ? 'solid' : drawn > gap ? 'dashed' : 'dotted';
};

test('roles look as in every renderer', () => {
  const [head, ...lines] = readFileSync(process.env.ISOSHAPE_FIGURE_LOOKS ?? '', 'utf8').trim().split('\n');
  assert.equal(head, 'role,symbol,filled,dash');
  for (const line of lines) {
    const role = line.split(',')[0] as FigureSeriesRole;
    const look = lookOf({role, mark: 'points'});
    const filled = look.hollow || look.symbol === 'cross' ? 'no' : 'yes';
    assert.equal([role, look.symbol, filled, kindOf(look.dash)].join(','), line);
  }
});

test('roles with colours of their own have those of files', () => {
  const [head, ...lines] = readFileSync(process.env.ISOSHAPE_FIGURE_COLORS ?? '', 'utf8').trim().split('\n');
  assert.equal(head, 'role,light,dark');
  for (const line of lines) {
    const role = line.split(',')[0] as FigureSeriesRole;
    assert.equal([role, ...[false, true].map(dark => colorOf({role, mark: 'points'}, 0, paletteOf(dark)))].join(','), line);
  }
});

test('lines of one role with several names are told apart', () => {
  const line = (name: string, role: FigureSeriesRole, mark: 'line' | 'rule_x' | 'band' = 'line') => ({name, role, mark});
  const panels = [{series: [line('band', 'fit', 'band'), line('curve', 'fit'), line('curve', 'fit'), line('Chinchilla', 'reference')]},
    {series: [line('trend', 'fit'), line('Kaplan', 'reference'), line('other', 'reference', 'rule_x')]}];
  const dashes = panels.flatMap(panel => panel.series).map(series => dashOf(series, panels));
  assert.deepEqual(dashes.slice(1), ['', '', '2 4', '9 4 2 4', '9 4 2 4', '6 4']);
});

test('a warning is said by the first figure that has it', () => {
  // Those below were there first.
  const all = new Map([[3, ['a', 'b']], [1, ['a']]]), above = (one: number, other: number) => one < other;
  assert.deepEqual(newAt(3, ['a', 'b'], all, above), ['b']);
  assert.deepEqual(newAt(1, ['a'], all, above), ['a']);
  assert.deepEqual(newAt(3, ['no prediction at 3e12 FLOPs: a', 'a b'], all, above), ['a b']);
});

test('a value without a place is at the end of the axis that it lies beyond', () => {
  const scale = {apply: (value: number) => value, invert: (pixel: number) => pixel};
  const panel = {x: {log: true, min: 1, max: 100}, y: {log: true, min: 1, max: 100},
    series: [{mark: 'points', role: 'measured', x: [50, 50, null, 0], y: [null, 0, 50, 50]} as const]};
  const setting = {panels: [], panel: {...panel, series: panel.series.map(one => ({...one, x: [...one.x], y: [...one.y]}))}, crowded: false, named: new Map<string, number>(),
    colors: 0, palette: paletteOf(false), x: {min: 1, max: 100}, y: {min: 1, max: 100}, width: 100, height: 100};
  const points = placePoints(setting, {left: 0, right: 100, top: 0, bottom: 100}, {x: scale, y: scale});
  const at = (index: number) => points.filter(point => point.index === index).map(point => [point.px, point.py])[0];
  assert.deepEqual([0, 1, 2, 3].map(at), [[50, 5], [50, 95], [95, 50], [5, 50]]);
});
