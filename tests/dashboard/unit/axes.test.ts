import assert from 'node:assert/strict';
import test from 'node:test';
import {limitsOf, linearTicks, logTicks, ticksOf} from '../../../dashboard/src/figure/axes';

test('a log axis of less than a decade has the ticks of a linear one', () => {
  assert.deepEqual(logTicks({min: 1.2, max: 2.4}, 6), [1.2, 1.4, 1.6, 1.8, 2, 2.2, 2.4]);
});

test('a log axis of two decades has 1, 2 and 5 of each', () => {
  assert.deepEqual(logTicks({min: 1e4, max: 5e5}, 10), [1e4, 2e4, 5e4, 1e5, 2e5, 5e5]);
});

test('a log axis of many decades leaves decades out rather than crowd', () => {
  assert.deepEqual(logTicks({min: 1, max: 1e12}, 5), [1, 1e3, 1e6, 1e9, 1e12]);
});

test('a narrow log axis that one decade would leave bare has more of it', () => {
  assert.deepEqual(logTicks({min: 1.4, max: 75}, 3), [3, 10, 30]);
});

test('linear ticks are round and within the limits', () => {
  assert.deepEqual(linearTicks({min: -0.11, max: 0.12}, 5), [-0.1, -0.05, 0, 0.05, 0.1]);
});

test('limits that cannot be drawn are replaced', () => {
  assert.deepEqual(limitsOf({log: true, min: 0, max: 4}), {min: 1, max: 10});
  assert.deepEqual(limitsOf({min: 3, max: 3}), {min: 0, max: 1});
  assert.deepEqual(limitsOf({min: null, max: 3}), {min: 0, max: 1});
  assert.deepEqual(limitsOf({categories: ['a', 'b']}), {min: -0.5, max: 1.5});
});

test('ticks of losses tell neighbours apart, of compute are powers', () => {
  const limits = {min: 1.02, max: 1.09};
  const loss = ticksOf({label: 'loss, nats per token', ...limits}, limits, 4);
  assert.deepEqual(loss.values.map(loss.text), ['1.02', '1.04', '1.06', '1.08']);
  const wide = {min: 1e11, max: 1e13};
  const compute = ticksOf({label: 'C, training FLOPs', log: true, ...wide}, wide, 4);
  assert.deepEqual(compute.values.map(compute.text), ['1e11', '3e11', '1e12', '3e12', '1e13']);
});

test('times have ticks at round hours', () => {
  const limits = {min: Date.UTC(2026, 0, 1, 0, 10) / 1000, max: Date.UTC(2026, 0, 1, 4, 0) / 1000};
  const ticks = ticksOf({time: true, ...limits}, limits, 4);
  assert.deepEqual(ticks.values.map(ticks.text), ['01:00', '02:00', '03:00', '04:00']);
});

test('a log axis that leaves decades out has no parts of a decade', () => {
  assert.deepEqual(logTicks({min: 500, max: 3e6}, 3), [1e4, 1e6]);
});

test('ticks of a log axis of less than a decade do not crowd at its end', () => {
  assert.deepEqual(logTicks({min: 1.3, max: 6.4}, 10), [1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6]);
});

test('depths have ticks at whole layers, and near values differ as texts', () => {
  const depths = {min: 1.3, max: 6};
  assert.deepEqual(ticksOf({label: 'depth, layers', log: true, ...depths}, depths, 10).values, [2, 3, 4, 5, 6]);
  const sizes = {min: 10001, max: 10009};
  const ticks = ticksOf({label: 'N*, training FLOPs per token / 6', ...sizes}, sizes, 4);
  assert.equal(new Set(ticks.values.map(ticks.text)).size, ticks.values.length);
});

test('times within a second have a moment, and FLOPs of nothing plain numbers', () => {
  const limits = {min: Date.UTC(2026, 0, 1, 0, 10, 3) / 1000 + 0.2, max: Date.UTC(2026, 0, 1, 0, 10, 3) / 1000 + 0.7};
  const ticks = ticksOf({time: true, ...limits}, limits, 4);
  assert.deepEqual(ticks.values.map(ticks.text), ['00:10:03']);
  const none = {min: 0, max: 1};
  const flops = ticksOf({label: 'training FLOPs', ...none}, none, 5);
  assert.deepEqual(flops.values.map(flops.text), ['0.0', '0.2', '0.4', '0.6', '0.8', '1.0']);
});
