import {useSignal} from '@preact/signals';
import {useMemo} from 'preact/hooks';
import type {Trial} from 'generated/api';
import {call, messageOf, requestId} from '../api/rpc';
import {useAnswer} from '../state/answers';
import {campaignName, goTo, params, route, setParams} from '../state/route';
import {bytes, count, dateTime, duration, flops, loss, seconds, shape, short, shortName} from '../text/numbers';
import {CopyButton} from '../figure/exports';
import {State} from './status';

// The trial that is selected: what it is, why it was proposed, what came of it,
// and what can be done with it.

function rowsOf(trial: Trial): (readonly [string, string])[] {
  const card = trial.shape_card, newest = trial.last_measurement;
  const rows: (readonly [string, string | undefined])[] = [
    ['Budget', `${flops(trial.budget_flops)} FLOPs`],
    ['Size N', count((trial.flops_per_token ?? 0) / 6)],
    ['Tokens', `${count(trial.tokens)}${trial.steps ? ` in ${count(trial.steps)} steps` : ''}`],
    ['Parameters', count(trial.parameters)],
    ['Seed', String(trial.seed ?? 0)],
    ['Variant', trial.variant || undefined],
    ['Purpose', trial.purpose === 'verification' ? 'to check a prediction' :
      trial.purpose === 'imported' ? `trained elsewhere, imported from ${trial.source ?? ''}` : undefined],
    ['Loss', card ? `${loss(card.validation_loss)}${card.validation_loss_stderr ? ` ± ${short(card.validation_loss_stderr, 2)}` : ''}` : undefined],
    ['Train loss', card?.train_loss != null ? loss(card.train_loss) : undefined],
    ['Newest loss', !card && newest ? `${loss(newest.validation_loss ?? newest.train_loss)} after ${count(newest.tokens)} tokens` : undefined],
    ['Wall time', card?.wall_seconds != null ? duration(card.wall_seconds) : undefined],
    ['A step', card?.step_seconds != null ? seconds(card.step_seconds) : undefined],
    ['A decoded token', card?.decode_seconds != null ? seconds(card.decode_seconds) : undefined],
    ['Peak memory', card?.peak_memory_bytes != null ? bytes(card.peak_memory_bytes) : undefined],
    ['Trained by', [shortName(trial.worker), card?.device_name, card?.engine].filter(Boolean).join(', ') || undefined],
    ['Lost leases', trial.lost_leases ? String(trial.lost_leases) : undefined],
    ['Ended', trial.end_time ? dateTime(trial.end_time) : undefined],
  ];
  return rows.filter((row): row is readonly [string, string] => row[1] !== undefined);
}

type Verb = 'retry' | 'exclude' | 'include';
const METHODS = {
  retry: 'CampaignService/RetryTrial', exclude: 'CampaignService/ExcludeTrial', include: 'CampaignService/IncludeTrial',
} as const;

function verbsOf(trial: Trial): Verb[] {
  const ended = !['pending', 'leased'].includes(trial.state ?? '');
  const verbs: Verb[] = [];
  if (['diverged', 'stopped', 'failed'].includes(trial.state ?? '')) verbs.push('retry');
  if (ended) verbs.push(trial.excluded ? 'include' : 'exclude');
  return verbs;
}

function Verbs({trial}: {trial: Trial}) {
  const reason = useSignal(''), asking = useSignal(false), error = useSignal('');
  const id = useMemo(requestId, [trial.name, trial.state, trial.excluded]);
  const act = async (verb: Verb) => {
    if (verb === 'exclude' && !asking.value) {
      asking.value = true;
      return;
    }
    try {
      await call(METHODS[verb], {name: trial.name, request_id: id, ...verb === 'exclude' ? {reason: reason.value} : {}});
      asking.value = false;
      error.value = '';
    } catch (refused) {
      error.value = messageOf(refused);
    }
  };
  return (
    <>
      {asking.value && <label class="field"><span>Why it is left out</span>
        <input type="text" value={reason.value} onInput={event => { reason.value = event.currentTarget.value; }} /></label>}
      {error.value && <p class="fault" role="alert">{error.value}</p>}
      <p class="buttons">{verbsOf(trial).map(verb => <button key={verb} type="button" onClick={() => void act(verb)}>
        {{retry: 'Train it again', exclude: 'Leave it out of fits', include: 'Take it in again'}[verb]}</button>)}</p>
    </>
  );
}

export function TrialCard() {
  const number = params.value.sel;
  const name = `${campaignName.value}/trials/${number ?? ''}`;
  const {answer: trial, error} = useAnswer('CampaignService/GetTrial', number ? {name} : undefined, campaignName.value);
  if (!number || !route.value.campaign) return null;
  const shown = trial?.name === name ? trial : undefined;
  const compared = (params.value.trials ?? '').split(',').filter(Boolean);
  const among = compared.includes(number);
  const compare = () => setParams({trials: (among ? compared.filter(one => one !== number) : [...compared, number]).slice(-8).join(',') || undefined}, false);
  return (
    <aside class="card" aria-label={`Trial ${number}`}>
      <div class="card-head">
        <h2>Trial {number}{shown && <> · {shape(shown.shape?.depth, shown.shape?.width)}</>}</h2>
        <button type="button" class="quiet" onClick={() => setParams({sel: undefined}, false)}>Close</button>
      </div>
      {error && !shown && <p class="fault">{error}</p>}
      {shown && <>
        <p><State state={shown.state} />{shown.excluded && <span class="soft"> · left out of fits: {shown.exclusion_reason}</span>}</p>
        {shown.error && <p class="fault">{shown.error}</p>}
        {shown.reason && <><h3>Why it was proposed</h3><p>{shown.reason}</p></>}
        <dl class="pairs">{rowsOf(shown).map(([term, value]) => <div key={term}><dt>{term}</dt><dd>{value}</dd></div>)}</dl>
        {(shown.shape_card?.warnings ?? []).map(text => <p key={text} class="note">{text}</p>)}
        <Verbs trial={shown} />
        <p class="buttons">
          <button type="button" class="quiet" onClick={() => goTo(route.value.campaign, 'curves', {trials: [...new Set([...compared, number])].join(',')})}>Its curve</button>
          <button type="button" class="quiet" aria-pressed={among} onClick={compare}>{among ? 'No longer compared' : 'Compare'}</button>
          <CopyButton text={`isoshape trial get ${route.value.campaign}/${number}`} label="Copy command" />
        </p>
      </>}
    </aside>
  );
}
