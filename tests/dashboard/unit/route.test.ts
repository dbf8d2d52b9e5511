import assert from 'node:assert/strict';
import test from 'node:test';
import {goTo, href, params, route, setParams} from '../../../dashboard/src/state/route';

test('an address is readable and holds only what differs from the default', () => {
  assert.equal(href('c1', 'overview', {}), '#/c1');
  assert.equal(href('c1', 'trials', {where: 'budget_flops=9e11 depth>4 state:succeeded', sel: undefined}),
      '#/c1/trials?where=budget_flops=9e11+depth%3E4+state:succeeded');
});

test('what has a meaning in addresses comes back as it was', () => {
  goTo('c1', 'trials');
  const where = 'worker=a&b#c+d 100% reason:"x?y"';
  setParams({where});
  assert.equal(params.value.where, where);
  assert.ok(globalThis.location.hash.length < 300);
});

test('a view takes filter and selection along, not its own settings', () => {
  goTo('c1', 'trials');
  setParams({where: 'depth>4', sel: '7', sort: '-size', zoom: 'isoflop.0:1,2,3,4'});
  goTo('c1', 'curves');
  assert.deepEqual({...params.value}, {where: 'depth>4', sel: '7'});
  goTo('c2');
  assert.deepEqual({...params.value}, {});
  assert.equal(route.value.view, 'overview');
});
