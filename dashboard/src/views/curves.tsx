import {FigureView} from '../figure/figure_view';
import {BudgetChoice, chosenBudget} from '../parts/budget_choice';
import {ColorChoice, coloredVariants} from '../parts/color_choice';
import {figureRequest} from '../parts/request';
import {campaign} from '../state/campaigns';
import {params, setParams} from '../state/route';

// Failed trials are not drawn unless they are asked for, and there may be no
// others.
function OnlyFailed() {
  const counts = campaign.value?.trial_counts ?? {};
  const failed = (counts.failed ?? 0) + (counts.diverged ?? 0) + (counts.stopped ?? 0);
  if (failed === 0 || (counts.succeeded ?? 0) + (counts.leased ?? 0) > 0 || params.value.failed) return null;
  return <p class="note">Every trial that ended failed or diverged. <button type="button" class="quiet"
    onClick={() => setParams({failed: '1'})}>Show them</button></p>;
}

// Training curves, a panel for each budget.
export function Curves() {
  const trials = (params.value.trials ?? '').split(',').map(Number).filter(number => number > 0);
  return (
    <>
      <div class="controls"><BudgetChoice all="all, side by side" /><ColorChoice of="the size" /></div>
      <OnlyFailed />
      <FigureView variants={coloredVariants()} columns={chosenBudget() ? 1 : 2} request={figureRequest('curves', {
        budget_flops: chosenBudget(), trials: trials.length > 0 ? trials : undefined,
      })} />
    </>
  );
}
