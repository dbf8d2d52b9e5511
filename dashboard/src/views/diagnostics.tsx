import type {FitLawRequestLaw, ShapeCost} from 'generated/api';
import {BudgetChoice, chosenBudget} from '../parts/budget_choice';
import {Choice} from '../parts/choice';
import {NumberInput} from '../parts/number_input';
import {Replayed} from '../parts/replay';
import {figureRequest} from '../parts/request';
import {params} from '../state/route';

// Whether a law holds, and what shapes cost.
export function Diagnostics() {
  const law = params.value.law as FitLawRequestLaw | undefined;
  return (
    <>
      <div class="controls">
        <Choice name="Law" param="law" options={[['', 'parametric'], ['shape', 'shape']]} />
        <BudgetChoice all="the largest with results" />
        <Choice name="Cost" param="cost" options={[['', 'as measured'], ['decode_seconds', 'seconds a decoded token'],
          ['peak_memory_bytes', 'peak memory'], ['parameters', 'parameters'], ['step_seconds', 'seconds a step']]} />
        {params.value.cost && <NumberInput name="At most" param="most" hint="no limit" such="such as 0.002 or 2GiB" />}
      </div>
      <Replayed figures={[
        {columns: 2, request: figureRequest('residuals', {law})},
        {columns: 1, request: figureRequest('envelope')},
        {columns: 1, request: figureRequest('surface', {law})},
        {columns: 1, request: figureRequest('pareto', {
          cost: params.value.cost as ShapeCost | undefined, budget_flops: chosenBudget(),
          max_cost: params.value.cost && params.value.most ? Number(params.value.most) : undefined,
        })},
      ]} />
    </>
  );
}
