import {computed, effect, signal} from '@preact/signals';
import {Asker} from '../api/asker';
import {campaign, trialsOf} from './campaigns';
import {campaignName, route} from './route';

// Trials of the shown campaign that were trained elsewhere. No count of trials
// has them, but an import changes the campaign.
export const imported = signal(0);
// There are no others, so that answers rest on these unasked.
export const importedAlone = computed(() => imported.value > 0 && trialsOf(campaign.value) === 0);

const shown = computed(() => route.value.campaign ? campaignName.value : '');
const changed = computed(() => campaign.value?.update_time ?? '');

// Asks for the count whenever the campaign changes, at the pace that the
// coordinator tells; once, from the page.
export function countImported(): void {
  let asker: Asker<'CampaignService/ListTrialTable'> | undefined;
  effect(() => {
    imported.value = 0;
    if (shown.value === '') return undefined;
    asker = new Asker('CampaignService/ListTrialTable',
        {parent: shown.value, filter: 'purpose:imported', columns: ['number'], page_size: 1},
        // The table says why there is no answer.
        answer => { if (answer) imported.value = answer.matching ?? 0; });
    asker.ask();
    return () => {
      asker?.stop();
      asker = undefined;
    };
  });
  effect(() => { if (changed.value !== '') asker?.ask(); });
}
