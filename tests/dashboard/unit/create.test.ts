import assert from 'node:assert/strict';
import test from 'node:test';
import fields from 'generated/campaign_fields.json';
import {campaignOf} from '../../../dashboard/src/parts/create';

test('what is typed becomes a campaign, nested and with numbers', () => {
  assert.deepEqual(campaignOf({
    'budgets': '1e11, 3e11 900G', 'seeds': '2', 'dataset': ' text ', 'recipe.optimizer': 'muon',
    'space.base.qk_norm': 'true', 'space.max_width': '', 'algorithm.grid.sizes': '7', 'nonsense': '1',
  }, fields), {
    budgets: [1e11, 3e11, 9e11], seeds: 2, dataset: 'text', recipe: {optimizer: 'muon'},
    space: {base: {qk_norm: true}}, algorithm: {grid: {sizes: 7}},
  });
});

test('a field of an algorithm chooses it', () => {
  assert.deepEqual(campaignOf({'algorithm.optimum.in_flight': '4'}, fields), {algorithm: {optimum: {in_flight: 4}}});
});

test('an algorithm that is chosen is the only one, and needs no field', () => {
  assert.deepEqual(campaignOf({algorithm: 'external'}, fields), {algorithm: {external: {}}});
  assert.deepEqual(campaignOf({
    'algorithm': 'pareto', 'algorithm.grid.sizes': '7', 'algorithm.pareto.objectives': 'decode_seconds, parameters',
    'algorithm.pareto.trials_per_budget': '20',
  }, fields), {algorithm: {pareto: {objectives: ['decode_seconds', 'parameters'], trials_per_budget: 20}}});
});

test('what is no number is sent as it is, for the coordinator to refuse', () => {
  assert.deepEqual(campaignOf({seeds: 'two'}, fields), {seeds: 'two'});
});
