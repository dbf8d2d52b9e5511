import assert from 'node:assert/strict';
import test from 'node:test';
import type {Figure} from 'generated/api';
import {overlaid, sideBySide} from '../../../dashboard/src/figure/by_variant';

const figureOf = (min: number, max: number): Figure => ({
  kind: 'isoflop', sentence: 'Tells it.', warnings: ['few'], drawn: 2, total: 3,
  panels: [{title: '1e11', x: {log: true, min, max}, y: {min: 1, max: 2}, series: [
    {name: 'measured', mark: 'points', color: 4, x: [min], y: [1]},
    {name: 'parabola', mark: 'line', color: 4, x: [min, max], y: [1, 2]},
    {name: 'target', mark: 'rule_x', x: [3]}]}],
  color_label: 'budget', color_values: [1e11], table: {columns: ['N'], rows: [{cells: ['7']}]},
});
const two = [{name: 'base', figure: figureOf(1, 10)}, {name: 'worse', figure: figureOf(0.5, 4)}];

test('figures of variants over each other are coloured by them, on axes that hold both', () => {
  const figure = overlaid(two, ['base', 'late', 'worse']);
  const panel = figure.panels?.[0];
  assert.equal(figure.panels?.length, 1);
  assert.deepEqual([panel?.x?.min, panel?.x?.max], [0.5, 10]);
  assert.deepEqual(figure.color_names, ['base', 'late', 'worse']);
  // Points lie over lines, and what had no colour has none.
  assert.deepEqual(panel?.series?.map(series => [series.mark, series.color]), [
    ['line', 0], ['rule_x', undefined], ['line', 2], ['rule_x', undefined], ['points', 0], ['points', 2]]);
});

test('words, counts and tables of all variants are kept, and say whose they are', () => {
  const figure = overlaid(two, ['base', 'worse']);
  assert.equal(figure.sentence, 'base: Tells it. worse: Tells it.');
  assert.deepEqual(figure.warnings, ['base: few', 'worse: few']);
  assert.deepEqual([figure.drawn, figure.total], [4, 6]);
  assert.deepEqual(figure.table, {columns: ['variant', 'N'], rows: [{cells: ['base', '7']}, {cells: ['worse', '7']}], total: 2});
});

test('side by side each variant has its own panels and axes', () => {
  const figure = sideBySide(two);
  assert.deepEqual(figure.panels?.map(panel => [panel.title, panel.x?.min]), [['base, 1e11', 1], ['worse, 1e11', 0.5]]);
  assert.equal(figure.color_label, 'budget');
});
