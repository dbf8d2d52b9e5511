// What 50 open pages cost a worker: the trials a second that it gets through
// alone and beside 50 streams as pages hold them, and the processor time of the
// coordinator for each of these trials. The streams are read by a process of
// their own; where pages, worker and coordinator share few cores, the processor
// time alone tells what the coordinator spends on them.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {campaignOf} from './campaign.mjs';

const PAGES = 50, TRIALS = 2000, ROUNDS = 3;

// Of all threads of a process; the kernel counts it in hundredths.
function processorSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function round(coordinator, worker, id) {
  const trials = await campaignOf(coordinator, id, TRIALS);
  const begin = performance.now(), used = processorSeconds(coordinator.process.pid);
  const trained = await worker.trainAll({most: trials});
  return {trained, seconds: (performance.now() - begin) / 1000, processor: processorSeconds(coordinator.process.pid) - used};
}

async function openPages(base) {
  const reader = spawn(process.execPath, [fileURLToPath(new URL('read_streams.mjs', import.meta.url)), base, String(PAGES)],
      {stdio: ['ignore', 'pipe', 'inherit']});
  // One that dies before it has said that all are open would be waited for without end.
  const ended = once(reader, 'exit').then(([code, signal]) => {
    throw new Error(`read_streams.mjs ended with ${code ?? signal} before its streams were open`);
  });
  await Promise.race([once(reader.stdout, 'data'), ended]);
  ended.catch(() => {});  // its end later on is waited for where it is ended
  return reader;
}

function sum(rounds) {
  const total = key => rounds.reduce((all, one) => all + one[key], 0);
  return {rate: total('trained') / total('seconds'), processorMs: total('processor') / total('trained') * 1000};
}

// Alone and watched in turn, so that both meet the same machine.
export async function callsWithPages(coordinator, worker) {
  await round(coordinator, worker, 'warm');
  const alone = [], watched = [];
  for (let i = 0; i < ROUNDS; ++i) {
    alone.push(await round(coordinator, worker, `alone-${i}`));
    const reader = await openPages(coordinator.base);
    watched.push(await round(coordinator, worker, `watched-${i}`));
    reader.kill();
    await once(reader, 'exit');
  }
  const without = sum(alone), beside = sum(watched);
  console.log(`trials_per_s alone=${without.rate.toFixed(0)} with_${PAGES}_pages=${beside.rate.toFixed(0)} ` +
      `watched_over_alone=${(beside.rate / without.rate).toFixed(2)}`);
  console.log(`coordinator_processor_ms_per_trial alone=${without.processorMs.toFixed(3)} with_${PAGES}_pages=${beside.processorMs.toFixed(3)} ` +
      `alone_over_watched=${(without.processorMs / beside.processorMs).toFixed(2)}`);
}
