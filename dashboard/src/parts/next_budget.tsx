import {active, campaign} from '../state/campaigns';
import {extendCommand} from '../text/commands';

// What helps a campaign whose trials tell no best shape yet.
export function NextBudget() {
  const one = campaign.value;
  if (!one) return null;
  if (active(one)) return <p>It is tried again with every result.</p>;
  const budgets = one.budgets ?? [], last = budgets.at(-1) ?? 0;
  if (one.state === 'cancelled' || last === 0) return null;
  const factor = budgets.length > 1 ? last / (budgets.at(-2) ?? last) : 3;
  return <><p>A larger budget more may tell it:</p><pre>{extendCommand(one.name, last * factor)}</pre></>;
}
