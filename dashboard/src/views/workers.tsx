import {useSignal} from '@preact/signals';
import {useEffect} from 'preact/hooks';
import type {Worker} from 'generated/api';
import {call, messageOf, requestId} from '../api/rpc';
import {onChanges} from '../api/live';
import {FigureView, Warnings} from '../figure/figure_view';
import {CampaignVerbs} from '../parts/campaign_verbs';
import {hasPlannerNotes, PlannerNotes} from '../parts/planner_notes';
import {figureRequest} from '../parts/request';
import {StartWorker} from '../parts/start_worker';
import {State} from '../parts/status';
import {useAsked} from '../state/answers';
import {campaign, ended, trialsOf} from '../state/campaigns';
import {campaignName, setParams} from '../state/route';
import {useWaiting} from '../state/waiting';
import {bytes, clock, dateTime, duration, several, shortName} from '../text/numbers';

// How far the campaign is, who trains what, and who is set aside and why.

// Workers, and again when trials change hands, of whatever campaign.
function useWorkers() {
  const {answer, error, ask} = useAsked('WorkerService/ListWorkers', {page_size: 1000}, '');
  useEffect(() => onChanges(ask), []);
  return {workers: answer && (answer.workers ?? []), error};
}

function Trains({worker}: {worker: Worker}) {
  const own = (worker.trials ?? []);
  if (own.length === 0) return <span class="soft">nothing</span>;
  return <>{own.map(trial => trial.startsWith(`${campaignName.value}/`) ?
    <button key={trial} type="button" class="quiet" onClick={() => setParams({sel: shortName(trial)}, false)}>trial {shortName(trial)}</button> :
    <span key={trial} class="soft">{trial.replace('campaigns/', '').replace('/trials/', '/')} </span>)}</>;
}

function Verb({worker}: {worker: Worker}) {
  const error = useSignal('');
  const aside = (worker.set_aside ?? []).length > 0;
  const ended = worker.state === 'offline';
  if (worker.draining && !ended) return <span class="soft">ends when idle</span>;
  if (worker.draining && !aside) return <span class="soft">drained</span>;
  const act = async () => {
    try {
      if (aside) await call('WorkerService/ReadmitWorker', {name: worker.name, request_id: requestId()});
      else await call('WorkerService/DrainWorker', {name: worker.name, request_id: requestId()});
    } catch (refused) {
      error.value = messageOf(refused);
    }
  };
  return <><button type="button" class="quiet" onClick={() => void act()}>{aside ? 'Readmit' : 'Drain'}</button>
    {error.value && <span class="fault">{error.value}</span>}</>;
}

function WorkerTable({workers}: {workers: readonly Worker[]}) {
  return (
    <div class="scroll" role="region" aria-label="Workers" tabIndex={0}>
      <table>
        <thead><tr>{['worker', 'state', 'trains', 'on', 'memory for a trial', 'data', 'last heard', 'set aside', ''].map(title =>
          <th key={title} scope="col">{title || <span class="hidden">actions</span>}</th>)}</tr></thead>
        <tbody>{workers.map(worker => (
          <tr key={worker.name}>
            <th scope="row">{shortName(worker.name)}</th>
            <td><State state={worker.state} /></td>
            <td><Trains worker={worker} /></td>
            <td class="one-line">{[worker.hostname, worker.device_name || worker.device].filter(Boolean).join(', ')}{(worker.slots ?? 1) > 1 ? `, ${worker.slots} at a time` : ''}</td>
            <td class="one-line">{worker.memory_limit_bytes ? bytes(worker.memory_limit_bytes) : '–'}</td>
            <td class="one-line">{(worker.datasets ?? []).join(', ')}</td>
            <td class="one-line">{dateTime(worker.contact_time)}</td>
            <td class="set-aside">{(worker.set_aside ?? []).map(aside => `${aside.reason}${aside.until ? ` (until ${clock(new Date(aside.until))})` : ''}`).join('; ')}</td>
            <td><Verb worker={worker} /></td>
          </tr>))}
        </tbody>
      </table>
    </div>
  );
}

// How far it is. How long it has to go on is said by the figure, by the FLOPs
// that are left.
function Pace() {
  const one = campaign.value;
  if (!one?.create_time) return null;
  const done = ended(one);
  const until = one.end_time ? new Date(one.end_time) : new Date(one.update_time ?? Date.now());
  const spent = (until.getTime() - new Date(one.create_time).getTime()) / 1000;
  const counts = one.trial_counts ?? {};
  return (
    <p class="lead">
      {done.toLocaleString('en')} of {several(trialsOf(one), 'trial')} {trialsOf(one) === 1 ? 'has' : 'have'} ended{counts.leased ? `, ${counts.leased} are trained now` : ''}, in {duration(spent)}.
    </p>
  );
}

export function Workers() {
  const {workers, error} = useWorkers();
  const one = campaign.value;
  const waiting = useWaiting(one);
  // Before, there is nothing to draw.
  const started = ended(one) > 0 || (one?.trial_counts?.leased ?? 0) > 0;
  return (
    <>
      <section class="aside-first">
        <h2>Progress</h2>
        <Pace />
        <Warnings list={[waiting, one?.missing].filter((text): text is string => Boolean(text))} />
        {hasPlannerNotes(one) && <h3>What the search says</h3>}
        <PlannerNotes campaign={one} />
        <CampaignVerbs />
      </section>
      {started && <FigureView columns={1} request={figureRequest('progress')} height={280} />}
      <section class="aside">
        <h2>Workers</h2>
        {error && <p class="fault">{error}</p>}
        {workers?.length === 0 && <div class="nothing"><p>No worker has ever registered.</p><StartWorker campaign={one} /></div>}
        {workers && workers.length > 0 && waiting && <StartWorker campaign={one} />}
        {workers && workers.length > 0 && <WorkerTable workers={workers} />}
      </section>
    </>
  );
}
