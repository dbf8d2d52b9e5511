import assert from 'node:assert/strict';
import test from 'node:test';
import {TrialTable} from '../../../dashboard/src/api/columns';
import {axesOf, placeOn, valueOn, withBounds} from '../../../dashboard/src/parts/parallel_scales';

function axes() {
  const table = new TrialTable(['number', 'depth', 'size', 'width', 'validation_loss']);
  table.merge([{name: 'number', numbers: [1, 2, 3]}, {name: 'depth', numbers: [1, 4, 8]}, {name: 'size', numbers: [1e4, 1e5, 1e6]},
    {name: 'width', numbers: [64, 64, 64]}, {name: 'validation_loss', numbers: [null, null, 2]}]);
  return axesOf(table);
}

test('axes are of columns that differ, logarithmic if they span much', () => {
  assert.deepEqual(axes().map(axis => [axis.column.name, axis.log]), [['depth', false], ['size', true]]);
});

test('a logarithmic axis can be chosen to its ends, and places come back', () => {
  const size = axes()[1];
  assert.ok(size);
  assert.equal(placeOn(size, 1e5), 0.5);
  assert.equal(placeOn(size, 0), 0);
  assert.equal(valueOn(size, 1), 1e6);
});

test('a brush replaces the bounds of its column and leaves the other terms', () => {
  const depth = axes()[0];
  assert.ok(depth);
  assert.equal(withBounds('state:succeeded depth>2 depth<=3 size>4', depth, 0, 0.5), 'state:succeeded size>4 depth<=4.5');
  assert.equal(withBounds('depth>=2', depth, 0, 1), '');
});
