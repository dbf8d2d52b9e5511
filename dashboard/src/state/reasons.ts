import {useSignal} from '@preact/signals';
import {useEffect} from 'preact/hooks';
import {valueAt} from '../api/columns';
import {call} from '../api/rpc';
import {campaignName} from './route';

// Why trials were proposed, which never changes, by their names.
const known = new Map<string, string>();

// A pointer that only passes asks for nothing.
const REST_MS = 120;

// Why a trial was proposed; empty as long as that is not known, or if there is
// no trial.
export function useReason(trial: number | undefined): string {
  const reason = useSignal('');
  const parent = campaignName.value;
  useEffect(() => {
    const name = `${parent}/trials/${trial}`;
    reason.value = known.get(name) ?? '';
    if (trial === undefined || known.has(name)) return undefined;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      call('CampaignService/ListTrialTable', {parent, columns: ['reason'], numbers: [trial]}, abort.signal).then(page => {
        const column = page.columns?.find(one => one.name === 'reason');
        const text = String(valueAt(column, 0) ?? '');
        known.set(name, text);
        reason.value = text;
      }, () => { /* the trial's card says more */ });
    }, REST_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [parent, trial]);
  return reason.value;
}
