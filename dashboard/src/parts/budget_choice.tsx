import {campaign} from '../state/campaigns';
import {params} from '../state/route';
import {flops} from '../text/numbers';
import {Choice} from './choice';

// Which isoFLOP level is looked at.
export function BudgetChoice({all}: {all: string}) {
  const budgets = campaign.value?.budgets ?? [];
  return <Choice name="Budget" param="budget"
    options={[['', all], ...budgets.map(one => [flops(one), `${flops(one)} FLOPs`] as const)]} />;
}

// The chosen budget, exactly as the campaign has it; undefined: none is chosen.
export function chosenBudget(): number | undefined {
  return campaign.value?.budgets?.find(one => flops(one) === params.value.budget) ?? undefined;
}
