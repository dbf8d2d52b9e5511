import {Warnings} from '../figure/figure_view';
import {campaign, variantsOf} from '../state/campaigns';
import {Answer} from '../parts/answer';
import {ColorChoice, coloredVariants} from '../parts/color_choice';
import {hasPlannerNotes, PlannerNotes} from '../parts/planner_notes';
import {Replayed} from '../parts/replay';
import {figureRequest} from '../parts/request';
import {useWaiting} from '../state/waiting';

// Which shape to train, in ten seconds: the answer in words, the curves that it
// rests on, and what the campaign waits for.
export function Overview() {
  const one = campaign.value;
  const waits = [useWaiting(one), one?.missing].filter(text => text) as string[];
  return (
    <>
      <Answer />
      <Warnings list={waits} />
      {variantsOf(one).length > 0 && <div class="controls"><ColorChoice of="the budget" /></div>}
      <Replayed figures={[{variants: coloredVariants(), request: figureRequest('isoflop'), columns: 1, height: 440}]} />
      {hasPlannerNotes(one) && <section class="aside"><h2>What the search says</h2><PlannerNotes campaign={one} /></section>}
    </>
  );
}
