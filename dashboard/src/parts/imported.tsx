import {useSignal} from '@preact/signals';
import {useEffect} from 'preact/hooks';
import {call} from '../api/rpc';
import {campaign} from '../state/campaigns';
import {campaignName, params, setParams} from '../state/route';
import {several} from '../text/numbers';

// Whether fits and figures are also of the trials that were trained elsewhere
// and imported, if the campaign has some: they are marks of their own there.
export function Imported() {
  const count = useSignal(0);
  // No count of trials tells of an import, which changes the campaign.
  const parent = campaignName.value, changed = campaign.value?.update_time;
  useEffect(() => { count.value = 0; }, [parent]);
  useEffect(() => {
    const abort = new AbortController();
    call('CampaignService/ListTrialTable', {parent, filter: 'purpose:imported', columns: ['number'], page_size: 1}, abort.signal)
        .then(page => { count.value = page.matching ?? 0; }, () => { /* the table says why */ });
    return () => abort.abort();
  }, [parent, changed]);
  // An address may ask for what is not there: it is shown, to be taken back.
  if (count.value === 0 && !params.value.imported) return null;
  return (
    <label class="check"><input type="checkbox" checked={params.value.imported === '1'}
      onChange={event => setParams({imported: event.currentTarget.checked ? '1' : undefined}, false)} />
      Fit {several(count.value, 'imported trial')} too</label>
  );
}
