import {campaign, variantsOf} from '../state/campaigns';
import {params, route, setParams, type View} from '../state/route';

// Which way of training is looked at, if the campaign has several. Views that
// mix no losses show all unless one is chosen; fits are of one, `base` unless
// another is chosen.
const OF_ALL: readonly View[] = ['trials', 'curves', 'workers'];

export function VariantChoice() {
  const names = variantsOf(campaign.value);
  const {view} = route.value;
  const chosen = params.value.variant;
  // An address may name one that the campaign does not have: it is shown, so
  // that it can be taken back.
  if ((names.length === 0 && !chosen) || view === 'variants') return null;
  const all = OF_ALL.includes(view);
  const choose = (name: string) => setParams({variant: name && (all || name !== 'base') ? name : undefined}, false);
  return (
    <label class="choice" for="variant">Variant
      <select id="variant" value={chosen ?? (all ? '' : 'base')} onChange={event => choose(event.currentTarget.value)}>
        {all && <option value="">all</option>}
        {[...new Set(['base', ...names, ...chosen ? [chosen] : []])].map(name => <option key={name} value={name}>{name}</option>)}
      </select>
    </label>
  );
}
