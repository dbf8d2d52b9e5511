import {computed, effect, signal} from '@preact/signals';
import {call} from '../api/rpc';
import {campaign, trialsOf} from './campaigns';
import {campaignName, route} from './route';

// Trials of the shown campaign that were trained elsewhere. No count of trials
// has them, but an import changes the campaign.
export const imported = signal(0);
// There are no others, so that answers rest on these unasked.
export const importedAlone = computed(() => imported.value > 0 && trialsOf(campaign.value) === 0);

const version = computed(() => route.value.campaign ? `${campaignName.value} ${campaign.value?.update_time ?? ''}` : '');

// Asks for the count whenever the campaign changes; once, from the page.
export function countImported(): void {
  let shown = '';
  effect(() => {
    if (version.value === '') return undefined;
    const parent = campaignName.peek();
    if (parent !== shown) imported.value = 0;
    shown = parent;
    const abort = new AbortController();
    call('CampaignService/ListTrialTable', {parent, filter: 'purpose:imported', columns: ['number'], page_size: 1}, abort.signal)
        .then(page => { imported.value = page.matching ?? 0; }, () => { /* the table says why */ });
    return () => abort.abort();
  });
}
