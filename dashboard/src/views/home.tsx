import {useSignal} from '@preact/signals';
import {useEffect, useRef} from 'preact/hooks';
import type {Campaign} from 'generated/api';
import {CompareCampaigns, comparedNames, MOST_CAMPAIGNS, turnCompared} from '../parts/compare_campaigns';
import {Progress, State} from '../parts/status';
import {SmallFigure} from '../figure/small_figure';
import {atLargestBudget} from '../parts/best_measured';
import {useAnswer} from '../state/answers';
import {campaigns, listError} from '../state/campaigns';
import {href} from '../state/route';
import {useWaiting} from '../state/waiting';
import {dateTime, flops, interval, loss, shape, shortName} from '../text/numbers';

// All campaigns: state, progress, the best loss so far, the prediction, and the
// isoFLOP curves in small. Rows ask for the last three when they are seen.

function useSeen() {
  const ref = useRef<HTMLLIElement>(null);
  const seen = useSignal(false);
  useEffect(() => {
    if (!ref.current) return undefined;
    const observer = new IntersectionObserver(entries => {
      if (entries.some(entry => entry.isIntersecting)) seen.value = true;
    }, {rootMargin: '200px'});
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, []);
  return {ref, seen: seen.value};
}

function Best({campaign}: {campaign: Campaign}) {
  const name = campaign.name ?? '';
  const budget = campaign.budgets?.at(-1) ?? 0;
  const succeeded = campaign.trial_counts?.succeeded ?? 0;
  const {answer, error} = useAnswer('AnalysisService/ListBestShapes', succeeded ? {campaign: name, top: 1} : undefined, name);
  const best = atLargestBudget(answer);
  if (succeeded && !answer && !error) return <span class="soft">…</span>;
  if (!best?.shape) return <span class="soft">no result yet</span>;
  return <><b>{loss(best.validation_loss)}</b> <span class="soft">by {shape(best.shape.depth, best.shape.width)} at {flops(best.budget_flops ?? budget)}</span></>;
}

function Predicted({campaign}: {campaign: Campaign}) {
  const name = campaign.name ?? '';
  const succeeded = campaign.trial_counts?.succeeded ?? 0;
  const {answer, error} = useAnswer('AnalysisService/PredictShape', succeeded ? {campaign: name} : undefined, name);
  if (succeeded && !answer && !error) return <span class="soft">…</span>;
  if (error || !answer?.shape) return <span class="soft" title={error}>not yet</span>;
  return <><b>{shape(answer.shape.depth, answer.shape.width)}</b> <span class="soft">{interval(answer.loss, loss)} at {flops(answer.target_flops)}</span></>;
}

function Waiting({campaign}: {campaign: Campaign}) {
  const waiting = useWaiting(campaign);
  return waiting ? <p class="note">{waiting}</p> : null;
}

function Row({campaign, several}: {campaign: Campaign, several: boolean}) {
  const {ref, seen} = useSeen();
  const name = shortName(campaign.name);
  return (
    <li ref={ref} class="campaign">
      <div class="campaign-name">
        {several && <label class="check compare-check"><input type="checkbox" checked={comparedNames().includes(name)}
          onChange={event => turnCompared(name, event.currentTarget.checked)} /><span class="hidden">Compare {name}</span></label>}
        <h2><a href={href(name)}>{campaign.display_name || name}</a></h2>
        <p class="soft">{campaign.display_name ? `${name} · ` : ''}{campaign.dataset} · <time>{dateTime(campaign.create_time)}</time></p>
        {Object.keys(campaign.labels ?? {}).length > 0 && <p class="labels">{Object.entries(campaign.labels ?? {}).map(([key, value]) =>
          <span key={key}>{value ? `${key}=${value}` : key}</span>)}</p>}
      </div>
      <div class="campaign-state"><State state={campaign.state} /><Progress campaign={campaign} />{seen && <Waiting campaign={campaign} />}</div>
      <dl class="campaign-results">
        <div><dt>Best loss</dt><dd>{seen && <Best campaign={campaign} />}</dd></div>
        <div><dt>Predicted</dt><dd>{seen && <Predicted campaign={campaign} />}</dd></div>
      </dl>
      {(campaign.trial_counts?.succeeded ?? 0) > 0 &&
        <div class="campaign-picture">{seen && <SmallFigure campaign={campaign.name ?? ''} />}</div>}
    </li>
  );
}

export function Home({onCreate}: {onCreate: () => void}) {
  const all = campaigns.value;
  return (
    <>
      <div class="page-head">
        <h1>Campaigns</h1>
        <button type="button" class="main" onClick={onCreate}>New campaign</button>
      </div>
      {listError.value && <p class="nothing">{listError.value}</p>}
      {all?.length === 0 && <div class="nothing">
        <p>There is no campaign yet. A campaign trains many shapes at fixed FLOP budgets; make one here, or on the command line:</p>
        <pre>isoshape worker --data corpus.txt &{'\n'}isoshape campaign create --id c1 --budgets 1e11,3e11,9e11</pre>
      </div>}
      {all && <CompareCampaigns all={all} />}
      {(all?.length ?? 0) > 1 && comparedNames().length < 2 && <p class="note ticks">Tick 2 to {MOST_CAMPAIGNS} campaigns to compare them.</p>}
      <ul class="campaigns">{all?.map(campaign => <Row key={campaign.name} campaign={campaign} several={all.length > 1} />)}</ul>
    </>
  );
}
