import assert from 'node:assert/strict';
import test from 'node:test';
import {campaigns} from '../../../dashboard/src/state/campaigns';
import {imported, importedAlone, own} from '../../../dashboard/src/state/imported';
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

test('a campaign is of imported trials alone as long as it has no others', () => {
  campaigns.value = [{name: 'campaigns/c1', trial_counts: {succeeded: 0}}];
  goTo('c1');
  assert.equal(importedAlone.value, false);
  imported.value = 60;
  assert.equal(importedAlone.value, true);
  campaigns.value = [{name: 'campaigns/c1', trial_counts: {pending: 1}}];
  assert.equal(importedAlone.value, false);
  // But for checks of predictions.
  own.value = 0;
  assert.equal(importedAlone.value, true);
  own.value = undefined;
  imported.value = 0;
});
