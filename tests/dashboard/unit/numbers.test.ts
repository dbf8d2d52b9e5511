import assert from 'node:assert/strict';
import test from 'node:test';
import cases from '../../common/text/number_cases.json';
import {bytes, count, duration, flops, interval, loss, parseNumber, percent, seconds, short} from '../../../dashboard/src/text/numbers';

// Those of the command line (tests/common/text/format_number_test.cc), with the page's own text last if it has one.
test('numbers are written as on the command line', () => {
  const formats: Record<string, (value: number | null) => string> = {bytes, count, flops, loss, percent, seconds};
  for (const [kind, value, ...texts] of cases as [string, number | null, ...string[]][]) {
    assert.equal(formats[kind]?.(value), texts[texts.length - 1], `${kind} ${value}`);
  }
});

test('numbers are as short as they can be', () => {
  assert.deepEqual([0.00042, 0.0421, 128, 2.5e7].map(value => short(value)), ['4.2e-4', '0.0421', '128', '2.5e7']);
  assert.deepEqual([45, 600, 12000, 200000].map(value => duration(value)), ['45 s', '10 min', '3 h 20 min', '2 d 7 h']);
});

test('what is not a number is a dash and never NaN', () => {
  for (const text of [count(null), loss(undefined), bytes(NaN), short(Infinity), interval(undefined)]) {
    assert.equal(text, '–');
  }
});

test('an open end of an interval is a question mark', () => {
  assert.equal(interval({value: 1.096, lower: 1.021, upper: null}, loss), '1.096 [1.021, ?]');
  assert.equal(interval({value: 2}, loss), '2.000');
});

test('numbers are read as people write them', () => {
  assert.deepEqual(['1e12', '50k', '4GiB', '2M', ' 3 '].map(parseNumber), [1e12, 5e4, 4 * 2 ** 30, 2e6, 3]);
  assert.deepEqual(['', 'abc', '1,5', '1e'].map(parseNumber), [undefined, undefined, undefined, undefined]);
});
