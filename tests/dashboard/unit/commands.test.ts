import assert from 'node:assert/strict';
import test from 'node:test';
import {asksMore, exact, extendCommand, plotCommand, plotPython, predictCommand, predictPython, workerCommand} from '../../../dashboard/src/text/commands';

test('a command has what was asked, by its flags and values', () => {
  assert.equal(plotCommand({campaign: 'campaigns/c1', kind: 'isoflop'}), 'isoshape plot c1 --kind isoflop --file isoflop.svg');
  assert.equal(plotCommand({campaign: 'campaigns/c1', kind: 'trends', isoflop_rule: 'full_range', target_flops: 2.7e12,
    filter: "depth>4 device=\"it's\"", show_failed: true}),
  `isoshape plot c1 --kind trends --where 'depth>4 device="it'\\''s"' --rule full_range --target-flops 2.7e12 --all-trials --file trends.svg`);
  assert.equal(plotCommand({campaign: 'campaigns/c1', kind: 'curves', trials: [3, 7], budget_flops: 9e11}),
      'isoshape plot c1 --kind curves --budget 9e11 --trials 3,7 --file curves.svg');
  assert.equal(predictCommand({campaign: 'campaigns/c1', target_flops: 1e13, law: 'shape', max_memory_bytes: 2 ** 31, choices: 8}),
      'isoshape predict c1 --target 1e13 --law shape --max-memory 2.147483648e9');
});

test('Python has the same, as literals', () => {
  const address = 'http://127.0.0.1:50580';
  assert.equal(plotPython({campaign: 'campaigns/c1', kind: 'curves', trials: [3, 7], show_failed: true, filter: 'device="a"'}, address),
      'import isoshape\n\niso = isoshape.connect("http://127.0.0.1:50580")\nc = iso.campaigns.get("c1")\n' +
      'c.figure("curves", trials=[3, 7], show_failed=True, filter="device=\\"a\\"")\n');
  assert.match(predictPython({campaign: 'campaigns/c1', max_parameters: 2e6, choices: 8}, address),
      /c\.predict\(None, max_parameters=2e6\)\n$/);
});

test('a worker is started with the data that the campaign names', () => {
  assert.equal(workerCommand(['text'], '127.0.0.1', 50551), 'isoshape worker --data PATH');
  assert.equal(workerCommand(['mytext'], 'localhost', 50551), 'isoshape worker --data mytext=PATH');
  assert.equal(workerCommand(['mytext', 'code', 'mytext'], 'node1', 50551),
      'isoshape worker --server node1:50551 --data mytext=PATH --data code=PATH');
  assert.equal(workerCommand(['text'], '127.0.0.1', 6000), 'isoshape worker --server 127.0.0.1:6000 --data PATH');
  assert.equal(workerCommand(['synthetic:recall'], '127.0.0.1', 0), 'isoshape worker --data synthetic:');
  assert.equal(workerCommand(['synthetic:recall', 'text'], '127.0.0.1', 0), 'isoshape worker --data PATH');
});

test('the next budget is larger than the largest', () => {
  const next = (...budgets: number[]) => extendCommand('campaigns/c1', budgets);
  assert.equal(next(1e12), 'isoshape campaign extend c1 --budgets 3e12');
  assert.equal(next(1e11, 1e12), 'isoshape campaign extend c1 --budgets 1e13');
  assert.equal(next(1e12, 1.02e12), 'isoshape campaign extend c1 --budgets 2.04e12');
  assert.equal(next(1e12, 3.333e12), 'isoshape campaign extend c1 --budgets 1.11e13');
});

test('what may be refused whatever is measured is known', () => {
  const own = {campaign: 'campaigns/c1', choices: 8, variant: 'a', imported: true};
  assert.ok(!asksMore(own) && !asksMore({...own, target_flops: 0}));
  assert.ok(asksMore({...own, target_flops: 1e40}) && asksMore({...own, law: 'shape'}) && asksMore({...own, max_parameters: 1}));
});

test('numbers are exact and short', () => {
  assert.deepEqual([9e11, 300, 0.002, 123456789012].map(exact), ['9e11', '300', '0.002', '1.23456789012e11']);
});
