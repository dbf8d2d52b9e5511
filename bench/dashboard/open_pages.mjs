// What 50 open pages cost a worker: the trials a second that it gets through
// alone and beside them, and the processor time of the coordinator for each of
// these trials. Pages are open on other machines than the coordinator's, which
// one machine can only imitate: coordinator and worker get one part of its
// processors, alone and watched alike, and the pages the other. What the worker
// then loses, the coordinator spent on pages. One page has the coordinator keep
// a figure and a prediction up to date, by threads that yield to all else; what
// fifty cost beyond that is what the number of pages costs. Pages that have just
// been opened ask for what nobody has asked before and are not told a pace yet:
// the trials until they have settled are counted apart (`opening`). The last
// lines are of pages that share all processors with both.
import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {availableParallelism} from 'node:os';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import {campaignOf} from './campaign.mjs';

const PAGES = 50, OPENING = 4000, TRIALS = 5000, ROUNDS = 3;

// Of all threads of a process; the kernel counts it in hundredths.
function processorSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

// The processors of both parts; of one processor there are no parts.
function parts() {
  const count = availableParallelism(), served = Math.ceil(count / 2);
  const list = (from, to) => Array.from({length: to - from}, (_, i) => from + i).join(',');
  const all = list(0, count);
  return {all, served: count > 1 ? list(0, served) : all, pages: count > 1 ? list(served, count) : all};
}

// Keeps all threads of a process, and what it starts from now on, to these
// processors. taskset fails if a thread ends meanwhile.
function keepTo(processors, pid, tries = 5) {
  try {
    execFileSync('taskset', ['-a', '-c', '-p', processors, String(pid)], {stdio: 'ignore'});
  } catch (error) {
    if (tries === 1) throw error;
    keepTo(processors, pid, tries - 1);
  }
}

async function train(coordinator, worker, trials) {
  const begin = performance.now(), used = processorSeconds(coordinator.process.pid);
  const trained = await worker.trainAll({most: trials});
  return {trained, seconds: (performance.now() - begin) / 1000, processor: processorSeconds(coordinator.process.pid) - used};
}

// The first of these trials, and then all others.
async function trainAll(coordinator, worker, trials) {
  const opening = await train(coordinator, worker, OPENING);
  return {...await train(coordinator, worker, trials - opening.trained), opening};
}

async function alone(coordinator, worker, id) {
  return trainAll(coordinator, worker, await campaignOf(coordinator, id, OPENING + TRIALS));
}

async function beside(coordinator, worker, id, processors, count = PAGES) {
  const trials = await campaignOf(coordinator, id, OPENING + TRIALS);
  const pages = spawn('taskset', ['-c', processors, process.execPath, fileURLToPath(new URL('pages_elsewhere.mjs', import.meta.url)),
    coordinator.base, id, String(count)], {stdio: ['pipe', 'pipe', 'inherit']});
  const lines = createInterface(pages.stdout)[Symbol.asyncIterator]();
  // Its lines end with it, so that one that dies is not waited for.
  if ((await lines.next()).value !== 'open') throw new Error('pages_elsewhere.mjs ended before its pages were open');
  const round = await trainAll(coordinator, worker, trials);
  const ended = once(pages, 'exit');
  pages.stdin.end();
  const asked = JSON.parse((await lines.next()).value);
  await ended;
  return {...round, asked};
}

function sum(rounds) {
  const total = key => rounds.reduce((all, one) => all + one[key], 0);
  return {rate: total('trained') / total('seconds'), processorMs: total('processor') / total('trained') * 1000};
}

// Alone and watched in turn, so that both meet the same machine.
async function measure(coordinator, worker, name, processors) {
  const without = [], single = [], watched = [];
  for (let i = 0; i < ROUNDS; ++i) {
    without.push(await alone(coordinator, worker, `alone-${name}-${i}`));
    single.push(await beside(coordinator, worker, `one-${name}-${i}`, processors, 1));
    watched.push(await beside(coordinator, worker, `watched-${name}-${i}`, processors));
    // As they come, for who ends it before all are over.
    const rate = ({trained, seconds, opening}) => `${(trained / seconds).toFixed(0)} (opening ${(opening.trained / opening.seconds).toFixed(0)})`;
    console.log(`pages=${name} round=${i + 1} trials_per_s alone=${rate(without[i])} with_1_page=${rate(single[i])} with_${PAGES}_pages=${rate(watched[i])}`);
  }
  const before = sum(without), after = sum(watched);
  const opened = sum(watched.map(one => one.opening)), closed = sum(without.map(one => one.opening));
  const each = watched.map((one, i) => one.trained / one.seconds / (without[i].trained / without[i].seconds));
  console.log(`pages=${name} trials_per_s alone=${before.rate.toFixed(0)} with_1_page=${sum(single).rate.toFixed(0)} with_${PAGES}_pages=${after.rate.toFixed(0)} ` +
      `watched_over_alone=${(after.rate / before.rate).toFixed(3)} rounds=${each.map(one => one.toFixed(3)).join(',')} opening=${(opened.rate / closed.rate).toFixed(3)}`);
  const asked = watched.map(({asked}) => asked).reduce((all, one) => ({requests: all.requests + one.requests, bytes: all.bytes + one.bytes}));
  const seconds = watched.reduce((all, one) => all + one.seconds + one.opening.seconds, 0);
  // What pages took of one processor: their requests are of time, not of trials.
  const share = rounds => rounds.reduce((all, one) => all + one.processor - one.trained * before.processorMs / 1000, 0) /
      rounds.reduce((all, one) => all + one.seconds, 0);
  console.log(`pages=${name} coordinator_processor_ms_per_trial alone=${before.processorMs.toFixed(3)} with_${PAGES}_pages=${after.processorMs.toFixed(3)} ` +
      `share_of_a_processor one_page=${share(single).toFixed(3)} ${PAGES}_pages=${share(watched).toFixed(3)} requests_per_s=${(asked.requests / seconds).toFixed(0)} received_mb_per_s=${(asked.bytes / seconds / 1e6).toFixed(1)}`);
}

export async function callsWithPages(coordinator, worker) {
  const {all, served, pages} = parts();
  const own = [coordinator.process.pid, process.pid];
  await alone(coordinator, worker, 'warm');
  try {
    for (const pid of own) keepTo(served, pid);
    await measure(coordinator, worker, served === all ? 'shared' : 'elsewhere', pages);
  } finally {
    for (const pid of own) keepTo(all, pid);
  }
  if (served !== all) await measure(coordinator, worker, 'shared', all);
}
