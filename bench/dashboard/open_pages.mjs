// Calls a second that a worker gets through, alone and with 50 streams open as
// pages hold them.
import http from 'node:http';
import {campaignOf} from './campaign.mjs';

const PAGES = 50, TRIALS = 2000;

async function rate(coordinator, worker, id) {
  const trials = await campaignOf(coordinator, id, TRIALS);
  const begin = performance.now();
  const trained = await worker.trainAll({most: trials});
  return trained / ((performance.now() - begin) / 1000);
}

function openStream(base) {
  return new Promise((opened, failed) => {
    const request = http.get(`${base}/v1/events?measured=1&columns=number,state,validation_loss`, {agent: false}, response => {
      response.resume();
      response.on('error', () => {});
      opened(request);
    });
    request.on('error', failed);
  });
}

export async function callsWithPages(coordinator, worker) {
  await rate(coordinator, worker, 'warm');
  const alone = await rate(coordinator, worker, 'alone');
  const streams = await Promise.all(Array.from({length: PAGES}, () => openStream(coordinator.base)));
  const watched = await rate(coordinator, worker, 'watched');
  for (const stream of streams) {
    stream.on('error', () => {});
    stream.destroy();
  }
  console.log(`trials_per_s alone=${alone.toFixed(0)} with_${PAGES}_pages=${watched.toFixed(0)} share=${(watched / alone).toFixed(2)}`);
}
