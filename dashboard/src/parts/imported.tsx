import {useAnswer} from '../state/answers';
import {campaignName, params, setParams} from '../state/route';
import {several} from '../text/numbers';

// Whether fits and figures are also of the trials that were trained elsewhere
// and imported, if the campaign has some: they are marks of their own there.
export function Imported() {
  const parent = campaignName.value;
  const {answer} = useAnswer('CampaignService/ListTrialTable',
      {parent, filter: 'purpose:imported', columns: ['number'], page_size: 1}, parent);
  const count = answer?.matching ?? 0;
  // An address may ask for what is not there: it is shown, to be taken back.
  if (count === 0 && !params.value.imported) return null;
  return (
    <label class="check"><input type="checkbox" checked={params.value.imported === '1'}
      onChange={event => setParams({imported: event.currentTarget.checked ? '1' : undefined}, false)} />
      Fit {several(count, 'imported trial')} too</label>
  );
}
