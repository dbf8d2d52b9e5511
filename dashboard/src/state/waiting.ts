import {useSignal} from '@preact/signals';
import {useEffect} from 'preact/hooks';
import type {Campaign} from 'generated/api';
import {call} from '../api/rpc';
import {active} from './campaigns';

// Workers come and go without a change of the campaign.
const AGAIN_MS = 10_000;

// Why trials of a campaign wait, in the coordinator's words: none runs, or they
// are reserved for a worker that cannot train them, or no worker can hold them;
// empty if they only wait for their turn. Lists and changes do not tell it, GetCampaign alone does.
export function useWaiting(one: Campaign | undefined): string {
  const waiting = useSignal('');
  const name = one?.name ?? '', counts = one?.trial_counts ?? {};
  const asks = active(one) && (counts.pending ?? 0) > 0;
  useEffect(() => {
    waiting.value = '';
    if (!asks) return undefined;
    const abort = new AbortController();
    const read = () => call('CampaignService/GetCampaign', {name}, abort.signal)
        .then(answer => { waiting.value = answer.waiting ?? ''; }, () => { /* the banner says so */ });
    void read();
    const timer = setInterval(() => void read(), AGAIN_MS);
    return () => {
      abort.abort();
      clearInterval(timer);
    };
  }, [name, asks, one?.state, (counts.leased ?? 0) > 0]);
  return waiting.value;
}
