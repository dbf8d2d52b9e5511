import assert from 'node:assert/strict';
import test from 'node:test';
import {figureRequest} from '../../../dashboard/src/parts/request';
import {goTo, params, setParams} from '../../../dashboard/src/state/route';

test('fits are also of imported trials as long as the address of the campaign says so', () => {
  goTo('c1');
  assert.equal(figureRequest('isoflop').imported, undefined);
  setParams({imported: '1'});
  goTo('c1', 'trends');
  assert.equal(params.value.imported, '1');
  assert.equal(figureRequest('trends').imported, true);
  // Which draw trials as they are.
  assert.equal(figureRequest('curves').imported, undefined);
  goTo('c2');
  assert.equal(params.value.imported, undefined);
});
