import {Warnings} from '../figure/figure_view';
import {useAnswer} from '../state/answers';
import {active, campaign, ended, trialsOf} from '../state/campaigns';
import {campaignName, hrefOfView, route} from '../state/route';
import {useWaiting} from '../state/waiting';
import {retryCommand} from '../text/commands';
import {several} from '../text/numbers';
import {Imported} from './imported';
import {StartWorker} from './start_worker';

// Instead of figures, which would each say the same: that no trial has succeeded
// yet, why, and what helps.

// How a trial failed, for each way that one did.
function Causes({failed}: {failed: number}) {
  const name = route.value.campaign;
  const {answer} = useAnswer('CampaignService/ListTrialTable', failed ? {
    parent: campaignName.value, filter: 'state:failed,diverged,stopped', columns: ['number', 'state', 'error'], page_size: 1000,
  } : undefined, campaignName.value);
  const column = answer?.columns?.find(one => one.name === 'error');
  const causes = new Map<string, number>();
  for (const code of column?.codes ?? []) {
    const text = column?.texts?.[code] || 'no reason was given';
    causes.set(text, (causes.get(text) ?? 0) + 1);
  }
  const most = [...causes].sort((a, b) => b[1] - a[1]).slice(0, 4);
  const first = answer?.columns?.find(one => one.name === 'number')?.numbers?.[0];
  return (
    <>
      <ul class="warnings" aria-label="Why trials failed">{most.map(([text, trials]) => <li key={text}>{several(trials, 'trial')}: {text}</li>)}</ul>
      <p><a href={hrefOfView(name, 'trials', {where: 'state:failed,diverged,stopped', columns: 'failure,error'})}>The trials that failed</a></p>
      {first != null && <><p>When the cause is mended, each can be trained again, from its card there or on the command line:</p>
        <pre>{retryCommand(name, first)}</pre></>}
    </>
  );
}

export function NoResult() {
  const one = campaign.value, counts = one?.trial_counts ?? {};
  const waiting = useWaiting(one);
  const failed = (counts.failed ?? 0) + (counts.diverged ?? 0) + (counts.stopped ?? 0);
  const waits = [
    counts.pending && !waiting ? `${several(counts.pending, 'trial')} wait for a worker` : '',
    counts.leased ? `${counts.leased} are trained now` : '',
    failed ? `${failed} of the ${ended(one)} that ended failed or diverged` : '',
  ].filter(Boolean);
  return (
    <section class="nothing" aria-label="No result yet">
      <h2>No prediction yet: no trial has succeeded</h2>
      <p>{waits.length > 0 ? `${waits.join('; ')}.` : `The campaign has ${several(trialsOf(one), 'trial')}.`}{active(one) ? ' Figures are drawn from the first result on, by themselves.' : ''}</p>
      <Imported />
      {failed > 0 && <Causes failed={failed} />}
      <Warnings list={waiting ? [waiting] : []} />
      {counts.pending && !counts.leased && one?.state === 'running' ? <StartWorker campaign={one} /> : null}
    </section>
  );
}
