import assert from 'node:assert/strict';
import test from 'node:test';
import {COLUMNS, TrialTable} from '../../../dashboard/src/api/columns';

const page = (numbers: number[], losses: (number | null)[], states: string[]) => [
  {name: 'number', numbers},
  {name: 'validation_loss', numbers: losses},
  {name: 'state', texts: [...new Set(states)], codes: states.map(state => [...new Set(states)].indexOf(state))},
];

function tableOfThree() {
  const table = new TrialTable(['number', 'validation_loss', 'state']);
  table.merge(page([1, 2, 3], [2.5, null, 1.5], ['succeeded', 'leased', 'succeeded']));
  return table;
}
const order = (table: TrialTable, name: string, descending: boolean) =>
  [...table.order(name, descending)].map(row => table.value('number', row));

test('rows without a value come last, whichever way the table is sorted', () => {
  assert.deepEqual(order(tableOfThree(), 'validation_loss', false), [3, 1, 2]);
  assert.deepEqual(order(tableOfThree(), 'validation_loss', true), [1, 3, 2]);
});

test('changed rows replace theirs and new ones are added', () => {
  const table = tableOfThree();
  table.merge(page([2, 4], [1, 2], ['succeeded', 'failed']));
  assert.equal(table.rows, 4);
  assert.deepEqual(order(table, 'validation_loss', false), [2, 3, 4, 1]);
  assert.equal(table.value('state', table.rowOfTrial(4) ?? -1), 'failed');
});

test('a batch that lacks a column leaves its values', () => {
  const table = tableOfThree();
  table.merge([{name: 'number', numbers: [1]}, {name: 'validation_loss', numbers: [9]}]);
  assert.equal(table.value('state', 0), 'succeeded');
  assert.equal(table.value('validation_loss', 0), 9);
});

test('removed trials leave no hole and no double', () => {
  const table = tableOfThree();
  table.remove([1, 7]);
  assert.equal(table.rows, 2);
  assert.deepEqual(order(table, 'number', false), [2, 3]);
  table.merge(page([3], [0.5], ['succeeded']));
  assert.equal(table.rows, 2);
  assert.deepEqual(order(table, 'validation_loss', false), [3, 2]);
});

test('each column is there once', () => {
  const names = COLUMNS.map(column => column.name);
  assert.deepEqual(names, [...new Set(names)]);
});
