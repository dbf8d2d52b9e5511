import {FigureView} from '../figure/figure_view';
import {BudgetChoice, chosenBudget} from '../parts/budget_choice';
import {ColorChoice, coloredVariants} from '../parts/color_choice';
import {figureRequest} from '../parts/request';
import {params} from '../state/route';

// Training curves, a panel for each budget.
export function Curves() {
  const trials = (params.value.trials ?? '').split(',').map(Number).filter(number => number > 0);
  return (
    <>
      <div class="controls"><BudgetChoice all="all, side by side" /><ColorChoice of="the size" /></div>
      <FigureView variants={coloredVariants()} columns={chosenBudget() ? 1 : 2} request={figureRequest('curves', {
        budget_flops: chosenBudget(), trials: trials.length > 0 ? trials : undefined,
      })} />
    </>
  );
}
