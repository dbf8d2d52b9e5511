import {Choice} from '../parts/choice';
import {Replayed} from '../parts/replay';
import {figureRequest} from '../parts/request';
import {TargetInput} from '../parts/target';
import {params} from '../state/route';
import type {FitLawRequestIsoflopRule} from 'generated/api';

// How the best size, its tokens and its loss grow with compute.
export function Trends() {
  return (
    <>
      <div class="controls">
        <TargetInput />
        <Choice name="Best size by" param="rule" options={[['', 'parabola near the minimum'], ['akima', 'Akima interpolant'],
          ['full_range', 'parabola through all sizes']]} />
      </div>
      <Replayed figures={[{columns: 2, request: figureRequest('trends', {
        target_flops: params.value.target ? Number(params.value.target) : undefined,
        isoflop_rule: params.value.rule as FitLawRequestIsoflopRule | undefined,
      })}]} />
    </>
  );
}
