import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import test from 'node:test';
import {labelOf, limitsOf, ticksOf} from '../../../dashboard/src/figure/axes';
import {fittingTicks} from '../../../dashboard/src/figure/draw';

test('axes have ticks at the same places as in every renderer', () => {
  const [head, ...lines] = readFileSync(process.env.ISOSHAPE_FIGURE_TICKS ?? '', 'utf8').trim().split('\n');
  assert.equal(head, 'axis\tlabel\tmin\tmax\twanted\tticks');
  for (const line of lines) {
    const [kind, label, min, max, wanted, ticks] = line.split('\t');
    const limits = {min: Number(min), max: Number(max)};
    const axis = {label: label ?? '', log: kind === 'log', time: kind === 'time', ...limits};
    const values = ticksOf(axis, limits, Number(wanted)).values;
    assert.equal(values.map(value => Number(value.toPrecision(12))).join(' '), ticks, line);
  }
});

test('texts of ticks do not run into each other', () => {
  const limits = {min: 1.4e-4, max: 3.9e-4}, axis = {label: 'seconds for one decoded token', log: true, ...limits};
  for (const pixels of [240, 400, 700]) {
    const ticks = fittingTicks(axis, limits, pixels, Math.floor(pixels / 50));
    const at = (value: number) => Math.log(value / limits.min) / Math.log(limits.max / limits.min) * pixels;
    assert.ok(ticks.values.length >= 2);
    ticks.values.slice(1).forEach((value, i) => assert.ok(at(value) - at(ticks.values[i] ?? 0) > 6 * ticks.text(value).length));
  }
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

test('days begin at midnight where the reader is, before and after summer time', () => {
  process.env.TZ = 'Europe/Berlin';
  try {
    for (const [from, to, days] of [
      ['2026-10-23T12:00', '2026-10-27T12:00', ['10-24', '10-25', '10-26', '10-27']],
      ['2026-03-27T12:00', '2026-03-31T12:00', ['03-28', '03-29', '03-30', '03-31']]] as const) {
      const limits = {min: Date.parse(from) / 1000, max: Date.parse(to) / 1000};
      const ticks = ticksOf({time: true, ...limits}, limits, 5);
      assert.deepEqual(ticks.values.map(ticks.text), days);
      assert.ok(ticks.values.every(value => new Date(value * 1000).getHours() === 0));
    }
    // 02:00 to 03:00 is left out.
    const limits = {min: Date.parse('2026-03-29T01:00') / 1000, max: Date.parse('2026-03-29T05:00') / 1000};
    const ticks = ticksOf({time: true, ...limits}, limits, 4);
    assert.deepEqual(ticks.values.map(ticks.text), ['01:00', '03:00', '04:00', '05:00']);
    assert.equal(labelOf({label: 'time', time: true}, limits), 'time, from 2026-03-29 (your time)');
  } finally {
    process.env.TZ = 'UTC';
  }
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
