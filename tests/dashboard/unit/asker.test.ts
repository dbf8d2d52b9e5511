import assert from 'node:assert/strict';
import test, {mock} from 'node:test';
import {Asker} from '../../../dashboard/src/api/asker';

// A coordinator whose answers rest on all trials but so many, one after another.
function answering(newer: number[]) {
  const asked: string[] = [];
  globalThis.fetch = (async (path: string) => {
    asked.push(path);
    const answer = {basis: {newer_trials: newer[asked.length - 1] ?? 0}};
    return {ok: true, json: async () => answer};
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
