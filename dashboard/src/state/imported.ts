import {computed, effect, signal} from '@preact/signals';
import {Asker} from '../api/asker';
import {campaign, trialsOf} from './campaigns';
import {campaignName, route} from './route';

// Trials of the shown campaign that were trained elsewhere. No count of trials
// has them, but an import changes the campaign.
export const imported = signal(0);
// Trials of the campaign that neither were imported nor check a prediction;
// undefined until it was asked, which a campaign without any needs not.
export const own = signal<number | undefined>(undefined);
// There are none, so that answers rest on these unasked.
export const importedAlone = computed(() =>
  imported.value > 0 && (trialsOf(campaign.value) === 0 || own.value === 0));

const shown = computed(() => route.value.campaign ? campaignName.value : '');
const changed = computed(() => campaign.value?.update_time ?? '');

// Asks for the count whenever the campaign changes, at the pace that the
// coordinator tells; once, from the page.
export function countImported(): void {
  type Table = Asker<'CampaignService/ListTrialTable'>;
  let asker: Table | undefined;
  effect(() => {
    imported.value = 0;
    own.value = undefined;
    if (shown.value === '') return undefined;
    const count = (filter: string, tell: (matching: number, total: number) => void): Table =>
      new Asker('CampaignService/ListTrialTable', {parent: shown.value, filter, columns: ['number'], page_size: 1},
          // The table says why there is no answer.
          answer => { if (answer) tell(answer.matching ?? 0, answer.total ?? 0); });
    const others = count('purpose:imported,verification', (matching, total) => { own.value = total - matching; });
    asker = count('purpose:imported', matching => {
      imported.value = matching;
      if (matching > 0) others.ask();
    });
    asker.ask();
    return () => {
      asker?.stop();
      others.stop();
      asker = undefined;
    };
  });
  effect(() => { if (changed.value !== '') asker?.ask(); });
}
