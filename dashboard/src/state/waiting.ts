import {useEffect} from 'preact/hooks';
import type {Campaign} from 'generated/api';
import {useAsked} from './answers';
import {active} from './campaigns';

// Workers come and go without a change of the campaign.
const AGAIN_MS = 10_000;

// Why trials of a campaign wait, in the coordinator's words: none runs, or they
// are reserved for a worker that cannot train them, or no worker can hold them;
// empty if they only wait for their turn. Lists and changes do not tell it, GetCampaign alone does.
export function useWaiting(one: Campaign | undefined): string {
  const name = one?.name ?? '', counts = one?.trial_counts ?? {};
  const asks = active(one) && (counts.pending ?? 0) > 0;
  const {answer, ask} = useAsked('CampaignService/GetCampaign', asks ? {name} : undefined,
      `${one?.state} ${(counts.leased ?? 0) > 0}`);
  useEffect(() => {
    if (!asks) return undefined;
    const timer = setInterval(ask, AGAIN_MS);
    return () => clearInterval(timer);
  }, [name, asks]);
  return asks && answer?.name === name ? answer.waiting ?? '' : '';
}
