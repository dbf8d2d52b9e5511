import type {PredictShapeResponse} from 'generated/api';
import {Warnings} from '../figure/figure_view';
import {useAnswer} from '../state/answers';
import {importedAlone} from '../state/imported';
import {campaignName, goTo, params, route} from '../state/route';
import {count, flops, interval, loss, several, shape, short} from '../text/numbers';
import {BestMeasured} from './best_measured';
import {NextBudget} from './next_budget';
import {FigureTerm} from './term';
import {Said} from '../text/said';

// The predicted shape in words and figures: what a reader came for.

function Shape({answer}: {answer: PredictShapeResponse}) {
  if (!answer.shape) {
    return <p class="answer-shape">{answer.unidentified || 'The trials do not tell a shape.'}</p>;
  }
  return (
    <p class="answer-shape">
      <span class="answer-lead">Train</span>
      <strong>{shape(answer.shape.depth, answer.shape.width)}</strong>
      <span class="answer-lead">depth {answer.shape.depth}, width {answer.shape.width}, at {flops(answer.target_flops)} FLOPs</span>
    </p>
  );
}

const reach = (extrapolation: number) => extrapolation > 1.001 ?
  `${short(extrapolation, 2)} times beyond the largest budget that was measured` : 'within what was measured';

export function Answer() {
  const target = params.value.target ? Number(params.value.target) : 0;
  const request = {campaign: campaignName.value, target_flops: target, variant: params.value.variant ?? '', ...params.value.imported && {imported: true}};
  const {answer, error} = useAnswer('AnalysisService/PredictShape', request, campaignName.value);
  if (error) return <section class="answer"><h2 class="hidden">Prediction</h2><BestMeasured /><div class="nothing"><p>No prediction yet: <Said text={error} /></p><NextBudget request={request} /></div></section>;
  if (!answer) return <section class="answer" aria-busy="true"><div class="waiting answer-waiting" /></section>;
  const warnings = answer.warnings ?? [];
  return (
    <section class="answer" aria-label="Prediction">
      <h2 class="hidden">Prediction</h2>
      <Shape answer={answer} />
      <dl class="terms">
        <FigureTerm name="Loss" value={interval(answer.loss, loss)} unit="nats per token" />
        <FigureTerm name="Best size N*" value={interval(answer.optimal_size, count)} unit={importedAlone.value ? 'parameters' : 'FLOPs per token / 6'} />
        <FigureTerm name="Tokens D*" value={interval(answer.optimal_tokens, count)} unit="of training data" />
        <FigureTerm name="Parameters" value={count(answer.parameters)} unit="of this shape" />
      </dl>
      <p class="note">
        {reach(answer.extrapolation ?? 1)}, by {answer.law ?? 'law'} over {several(answer.basis?.trials ?? 0, 'trial')};
        intervals at {Math.round((answer.loss?.level ?? 0.95) * 100)} %. <a href="#" onClick={event => {
          event.preventDefault();
          goTo(route.value.campaign, 'prediction');
        }}>Runners-up and limits</a>
      </p>
      {warnings.length > 0 && <details class="more"><summary>{warnings.length === 1 ? '1 thing' : `${warnings.length} things`} to know before using it</summary><Warnings list={warnings} /></details>}
    </section>
  );
}
