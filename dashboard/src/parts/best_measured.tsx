import type {ListBestShapesResponse} from 'generated/api';
import {useAnswer} from '../state/answers';
import {campaignName, params} from '../state/route';
import {flops, loss, shape} from '../text/numbers';

// The best shape of the largest budget that has one.
export const atLargestBudget = (answer: ListBestShapesResponse | undefined) =>
  answer?.shapes?.reduce((a, b) => (b.budget_flops ?? 0) > (a.budget_flops ?? 0) ? b : a, answer.shapes[0] ?? {});

// What there is to go by as long as nothing can be predicted.
export function BestMeasured() {
  const {answer, error} = useAnswer('AnalysisService/ListBestShapes',
      {campaign: campaignName.value, top: 1, variant: params.value.variant ?? ''}, campaignName.value);
  // Its place is kept, so that what is below does not move when it is there.
  if (!answer && !error) return <div class="waiting answer-best" aria-busy="true" />;
  const best = atLargestBudget(answer);
  if (!best?.shape) return null;
  return (
    <p class="answer-shape">
      <span class="answer-lead">Best so far</span>
      <strong>{shape(best.shape.depth, best.shape.width)}</strong>
      <span class="answer-lead">depth {best.shape.depth}, width {best.shape.width}: a loss of {loss(best.validation_loss)} at {flops(best.budget_flops)} FLOPs, as measured</span>
    </p>
  );
}
