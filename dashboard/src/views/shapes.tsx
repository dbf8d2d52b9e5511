import {signal} from '@preact/signals';
import type {FitLawRequestLaw} from 'generated/api';
import {AddTrial, type Place} from '../parts/add_trial';
import {BudgetChoice, chosenBudget} from '../parts/budget_choice';
import {Choice} from '../parts/choice';
import {ColorChoice, coloredVariants} from '../parts/color_choice';
import {Replayed} from '../parts/replay';
import {figureRequest} from '../parts/request';
import {campaign} from '../state/campaigns';
import {params} from '../state/route';

// Depth and width, and their ratio, at equal FLOPs. A click on a place of the
// map asks whether that shape is to be trained.
const adding = signal<Place | undefined>(undefined);

// A place of the map as a shape of the campaign: whole layers, whole heads.
function shapeAt(x: number, y: number, depthIsX: boolean): {depth: number, width: number} {
  const space = campaign.value?.space;
  const head = space?.base?.head_dim ?? 16;
  const [depth, width] = depthIsX ? [x, y] : [y, x];
  return {
    depth: Math.max(space?.min_depth ?? 1, Math.round(depth)),
    width: Math.max(head, Math.round(width / head) * head),
  };
}

export function Shapes() {
  const law = params.value.law as FitLawRequestLaw | undefined;
  const budget = chosenBudget() ?? campaign.value?.budgets?.at(-1) ?? 0;
  return (
    <>
      <div class="controls">
        <BudgetChoice all="the largest with results" />
        <Choice name="Law over the map" param="law" options={[['', 'none'], ['shape', 'shape law'], ['parametric', 'parametric law']]} />
        <ColorChoice of="the loss of one variant" each="the loss of each variant, side by side" />
      </div>
      <p class="note">A click on a place of the map asks whether that shape is to be trained there.</p>
      <Replayed figures={[
        {variants: coloredVariants(), apart: true, columns: 2, request: figureRequest('heatmap', {budget_flops: chosenBudget(), law}), height: 400,
          onPlace: (x, y, xLabel) => { adding.value = {...shapeAt(x, y, xLabel.startsWith('depth')), budget}; }},
        {columns: 2, request: figureRequest('aspect', {budget_flops: chosenBudget()})},
      ]} />
      {adding.value && <AddTrial place={adding.value} onClose={() => { adding.value = undefined; }} />}
    </>
  );
}
