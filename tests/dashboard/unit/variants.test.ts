import assert from 'node:assert/strict';
import test from 'node:test';
import type {CompareVariantsResponse} from 'generated/api';
import {differencesFigure, shapesFigure} from '../../../dashboard/src/parts/variant_figure';
import {overallTable, shapesTable, told} from '../../../dashboard/src/parts/variant_tables';

const difference = (value: number, lower?: number, upper?: number) =>
  ({value, level: 0.95, ...lower === undefined ? {} : {lower, upper: upper ?? null}});
const answer: CompareVariantsResponse = {reference: 'base', comparisons: [
  {variant: 'worse', overall: {pairs: 4, difference: difference(0.2, 0.1, 0.3)}, shapes: [
    {pairs: 3, shape: {depth: 2, width: 32}, budget_flops: 1e11, difference: difference(0.2, 0.1, 0.3)},
    {pairs: 1, shape: {depth: 4, width: 32}, budget_flops: 1e11, difference: difference(0.21)}]},
  {variant: 'better', overall: {pairs: 4, difference: difference(-0.2, -0.3, -0.1)}},
  {variant: 'open', overall: {pairs: 2, difference: difference(0.01, -0.3, 0.32)}},
  {variant: 'waits', overall: {pairs: 0}},
]};

test('what an interval tells is said, and what it does not', () => {
  assert.equal(told(answer), 'Lower loss than base: better. Higher loss than base: worse. Not told apart by these pairs from base: open.');
  assert.equal(told({reference: 'base', comparisons: [{variant: 'waits', overall: {pairs: 0}}]}),
      'No variant has two pairs of trials that succeeded yet.');
});

test('the picture has a row for each variant with pairs, over an axis that holds 0 and all ends', () => {
  const panel = differencesFigure(answer)?.panels?.[0];
  assert.deepEqual(panel?.y?.categories, ['worse', 'better', 'open']);
  assert.ok((panel?.x?.min ?? 0) < -0.3 && (panel?.x?.max ?? 0) > 0.32);
  assert.equal(differencesFigure({reference: 'base', comparisons: []}), undefined);
});

test('a single pair has no interval', () => {
  const points = shapesFigure(answer)?.panels?.[0]?.series?.find(series => series.mark === 'points');
  assert.deepEqual(points?.x_lower, [0.1, 0.21]);
  assert.deepEqual(points?.labels, ['2 × 32 at 1e11: 0.2000 [0.1000, 0.3000] over 3 pairs', '4 × 32 at 1e11: 0.2100 over 1 pair']);
});

test('the table has what was not measured as such', () => {
  const rows = overallTable(answer).rows ?? [];
  assert.deepEqual(rows[0]?.cells?.slice(0, 4), ['worse', '4', '+0.2000 [+0.1000, +0.3000]', '–']);
});

// Each variant has pairs of its own: of the one whose partners are small trials
// the reference has the higher loss too.
test('the loss of the reference is that of the pairs of the row', () => {
  const pairs = (reference: number, variant: number) => ({pairs: 2, difference: difference(variant - reference),
    reference: {validation_loss: reference, tokens: 1e6}, variant: {validation_loss: variant, tokens: 2e6}});
  const {columns, rows} = overallTable({reference: 'base', comparisons: [
    {variant: 'all', overall: pairs(2, 2.5)}, {variant: 'small', overall: pairs(3, 3.25)}, {variant: 'waits', overall: {pairs: 0}}]});
  const losses = ['loss of base', 'its loss'].map(name => columns?.indexOf(name) ?? -1);
  assert.deepEqual(rows?.map(row => [row.cells?.[0], ...losses.map(column => row.cells?.[column])]),
      [['all', '2.000', '2.500'], ['small', '3.000', '3.250'], ['waits', '–', '–']]);
  assert.ok(rows?.every(row => row.cells?.length === columns?.length));
});

test('shapes of one depth and width are told apart by what else they are, at one budget', () => {
  const at = (budget_flops: number, ffn_width: number, tied_embedding = false) =>
    ({pairs: 1, shape: {depth: 2, width: 32, ffn_width, tied_embedding}, budget_flops, difference: difference(0.1)});
  const alike: CompareVariantsResponse = {reference: 'base', comparisons: [
    {variant: 'a', shapes: [at(1e11, 96), at(1e11, 128), at(3e11, 96)]},
    {variant: 'b', shapes: [at(1e11, 96, true), at(1e11, 96)]}]};
  assert.deepEqual(shapesFigure(alike)?.panels?.map(panel => panel.y?.categories), [
    ['2 × 32, ffn 96 at 1e11', '2 × 32, ffn 128 at 1e11', '2 × 32 at 3e11'],
    ['2 × 32, tied embedding at 1e11', '2 × 32, no tied embedding at 1e11']]);
  assert.deepEqual(shapesTable(alike).rows?.map(row => row.cells?.[1]), [
    '2 × 32, ffn 96', '2 × 32, ffn 128', '2 × 32', '2 × 32, tied embedding', '2 × 32, no tied embedding']);
});
