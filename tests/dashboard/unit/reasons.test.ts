import assert from 'node:assert/strict';
import test from 'node:test';
import {reasonsOf} from '../../../dashboard/src/parts/reasons';

test('a refusal of several laws is a sentence and a reason for each', () => {
  const {head, reasons} = reasonsOf('the runs do not identify the best size at 3e+11 FLOPs: the law surface is not used: size is not ' +
      'identified: the priors say it; tokens too; the law shape is not used: all runs are of one budget; add one');
  assert.equal(head, 'the runs do not identify the best size at 3e+11 FLOPs');
  assert.deepEqual(reasons, ['the law surface is not used: size is not identified: the priors say it; tokens too',
    'the law shape is not used: all runs are of one budget; add one']);
});

test('any other refusal is one sentence', () => {
  assert.deepEqual(reasonsOf('no trial has succeeded: wait; the law of the land'),
      {head: 'no trial has succeeded: wait; the law of the land', reasons: []});
});
