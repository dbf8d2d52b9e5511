import type {PredictShapeRequest} from 'generated/api';
import {active, campaign} from '../state/campaigns';
import {asksMore, extendCommand} from '../text/commands';

// What helps a campaign whose trials tell no best shape yet. What a request asks
// beyond that may be refused however large the budgets are.
export function NextBudget({request}: {request: PredictShapeRequest}) {
  const one = campaign.value;
  if (!one || asksMore(request)) return null;
  if (active(one)) return <p>It is tried again as results come.</p>;
  const budgets = one.budgets ?? [];
  if (one.state === 'cancelled' || budgets.length === 0) return null;
  return <><p>A larger budget more may tell it:</p><pre>{extendCommand(one.name, budgets)}</pre></>;
}
