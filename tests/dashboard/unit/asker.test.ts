import assert from 'node:assert/strict';
import test, {mock} from 'node:test';
import {Asker} from '../../../dashboard/src/api/asker';
import {listen} from '../../../dashboard/src/api/live';

// A coordinator whose answers rest on all trials but so many, one after another,
// with these headers.
function answering(newer: number[], headers: Record<string, string>[] = []) {
  const asked: string[] = [];
  globalThis.fetch = (async (path: string) => {
    asked.push(path);
    const answer = {basis: {newer_trials: newer[asked.length - 1] ?? 0}};
    return {ok: true, headers: new Headers(headers[asked.length - 1]), json: async () => answer};
  }) as unknown as typeof fetch;
  return asked;
}

// Lets what has been answered be told.
const settle = async () => { for (let i = 0; i < 20; ++i) await Promise.resolve(); };
const pass = async (milliseconds: number) => {
  mock.timers.tick(milliseconds);
  await settle();
};

test('an answer that is behind is asked for again until it is not', async () => {
  mock.timers.enable();
  const asked = answering([3, 1, 0]), told: number[] = [];
  const asker = new Asker('FigureService/GetFigure', {}, answer => told.push(answer?.basis?.newer_trials ?? -1));
  asker.ask();
  await settle();
  for (let i = 0; i < 10; ++i) await pass(800);
  assert.deepEqual(told, [3, 1, 0]);
  assert.equal(asked.length, 3);
  asker.stop();
  mock.timers.reset();
});

test('however often things change, one request is under way at a time', async () => {
  mock.timers.enable();
  const asked = answering([]);
  const asker = new Asker('FigureService/GetFigure', {}, () => {});
  for (let i = 0; i < 10; ++i) asker.ask();
  await settle();
  assert.equal(asked.length, 1);
  await pass(800);
  assert.equal(asked.length, 2);
  await pass(800);
  await pass(800);
  assert.equal(asked.length, 2);
  asker.stop();
  mock.timers.reset();
});

test('a busy coordinator is asked again when it says, and until its answer is as new as what was heard of', async () => {
  mock.timers.enable();
  // A page that is hidden listens to nothing, and knows what it was told before.
  Reflect.deleteProperty(globalThis, 'BroadcastChannel');
  Object.assign(document, {hidden: true, addEventListener: () => {}});
  listen(7);
  const older = {'Isoshape-Pace-Ms': '5000', 'Isoshape-As-Of': '6'}, newest = {'Isoshape-Pace-Ms': '5000', 'Isoshape-As-Of': '7'};
  const asked = answering([], [older, newest]);
  const asker = new Asker('FigureService/GetFigure', {}, () => {});
  asker.ask();
  await settle();
  await pass(4900);
  assert.equal(asked.length, 1);
  await pass(100);
  assert.deepEqual(asked.map(path => path.split('?')[1]), ['as_of=7', 'as_of=7']);
  for (let i = 0; i < 10; ++i) await pass(5000);
  assert.equal(asked.length, 2);
  asker.stop();
  mock.timers.reset();
});
