import assert from 'node:assert/strict';
import test from 'node:test';
import type {Figure} from 'generated/api';
import {onSameAxes, settings} from '../../../dashboard/src/parts/compare_campaigns';
import {ordered} from '../../../dashboard/src/parts/differences';
import {requestAt} from '../../../dashboard/src/parts/replay';

test('what differs comes first, and what nobody has is left out', () => {
  const rows = [{title: 'seed', values: ['1', '1']}, {title: 'error', values: ['', '']}, {title: 'depth', values: ['3', '4']}];
  assert.deepEqual(ordered(rows).map(row => row.title), ['depth', 'seed']);
});

test('settings of a campaign are named by their paths, results are none', () => {
  const found = settings({name: 'campaigns/c1', state: 'running', trial_counts: {succeeded: 3}, budgets: [1e11, 9e11],
    recipe: {learning_rate: 0.005, optimizer: 'muon'}, algorithm: {grid: {center_size: 28867.513459481288}}});
  assert.deepEqual([...found], [['budgets', '1e11, 9e11'], ['recipe.learning_rate', '0.005'], ['recipe.optimizer', 'muon'],
    ['algorithm.grid.center_size', '28867.5']]);
});

test('figures side by side share axes and colours', () => {
  const figure = (low: number, high: number, colors: number[]): Figure => ({color_values: colors, panels: [{
    x: {log: true, min: low, max: high}, y: {min: 1, max: high}, series: [{color: 0}, {color: colors.length - 1}, {}],
  }]});
  const [first, second] = onSameAxes([figure(10, 20, [1e11, 9e11]), figure(15, 40, [3e11])]);
  assert.deepEqual([first?.panels?.[0]?.x, second?.panels?.[0]?.x], [{log: true, min: 10, max: 40}, {log: true, min: 10, max: 40}]);
  assert.deepEqual(second?.color_values, [1e11, 3e11, 9e11]);
  assert.deepEqual(first?.panels?.[0]?.series?.map(series => series.color), [0, 2, undefined]);
  assert.deepEqual(second?.panels?.[0]?.series?.map(series => series.color), [1, 1, undefined]);
});

test('a replay keeps the filter and asks for what had ended', () => {
  const {filter} = requestAt({campaign: 'campaigns/c1', kind: 'isoflop', filter: 'depth>4'}, 1795864060.25);
  assert.equal(filter, 'depth>4 end_time<=1795864060.25');
});
