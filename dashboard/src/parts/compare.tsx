import {COLUMNS, valueAt} from '../api/columns';
import {useAnswer} from '../state/answers';
import {campaignName, goTo, params, route, setParams} from '../state/route';
import {cellText} from '../text/cells';
import {Differences} from './differences';

// The chosen trials side by side, what differs first.
export function Compare() {
  const numbers = (params.value.trials ?? '').split(',').map(Number).filter(number => number > 0);
  const {answer, error} = useAnswer('CampaignService/ListTrialTable', numbers.length > 0 ?
    {parent: campaignName.value, numbers, columns: COLUMNS.map(column => column.name)} : undefined, campaignName.value);
  if (numbers.length === 0) return null;
  const found = answer?.columns?.find(column => column.name === 'number')?.numbers ?? [];
  const rows = COLUMNS.filter(column => column.name !== 'number').map(column => ({
    title: column.title,
    values: found.map((_, i) => cellText(column, valueAt(answer?.columns?.find(one => one.name === column.name), i))),
  }));
  return (
    <section class="compare" aria-label="Compared trials">
      <div class="figure-head">
        <h2>Compared trials</h2>
        <p class="figure-tools">
          <button type="button" class="quiet" onClick={() => goTo(route.value.campaign, 'curves')}>Their curves</button>
          <button type="button" class="quiet" onClick={() => setParams({trials: undefined}, false)}>Compare none</button>
        </p>
      </div>
      {error && <p class="fault">{error}</p>}
      <Differences label="Compared trials" columns={found.map(number => `trial ${number}`)} rows={rows} />
    </section>
  );
}
