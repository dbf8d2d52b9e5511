import {DataTable, PanelsOf, Warnings} from '../figure/figure_view';
import type {CompareVariantsResponse} from 'generated/api';
import {BudgetChoice, chosenBudget} from '../parts/budget_choice';
import {Choice} from '../parts/choice';
import {differencesFigure, heightOfRows, shapesFigure} from '../parts/variant_figure';
import {methodText, overallTable, shapesTable, told} from '../parts/variant_tables';
import {useAnswer} from '../state/answers';
import {campaign, variantsOf} from '../state/campaigns';
import {campaignName, params} from '../state/route';

// What another way of training changes: differences of loss between trials that
// differ in nothing else, with intervals, and what either cost.

function Compared({answer}: {answer: CompareVariantsResponse}) {
  const all = differencesFigure(answer), apart = shapesFigure(answer);
  return (
    <section aria-label="Comparison of variants">
      <h2>Loss beside {answer.reference}</h2>
      <p>{told(answer)}</p>
      <Warnings list={answer.warnings} />
      {all && <figure data-kind="variants" aria-label="Differences of loss"><PanelsOf figure={all} columns={1} height={heightOfRows(all)} /></figure>}
      <DataTable table={overallTable(answer)} label="Variants" />
      <p class="note">{methodText(answer)}</p>
      <h2 class="aside">Each shape and budget</h2>
      {apart && <figure data-kind="variant-shapes" aria-label="Differences of loss of each shape">
        <PanelsOf figure={apart} columns={2} height={heightOfRows(apart)} /></figure>}
      <DataTable table={shapesTable(answer)} label="Shapes and budgets" />
    </section>
  );
}

// The view of a campaign that has none is reached by its address alone.
function NoVariants() {
  return (
    <div class="nothing">
      <h2>This campaign has no variants</h2>
      <p>A variant is another way of training the same shapes, such as another optimizer. A campaign is created with its
        variants: <code>variants:</code> in its file, or <code>isoshape campaign create --variant</code>.</p>
    </div>
  );
}

export function Variants() {
  if (!campaign.value) return null;
  return variantsOf(campaign.value).length > 0 ? <OfVariants /> : <NoVariants />;
}

function OfVariants() {
  const names = ['base', ...variantsOf(campaign.value)];
  const {answer, error} = useAnswer('AnalysisService/CompareVariants', {
    campaign: campaignName.value, reference: params.value.reference ?? '', budget_flops: chosenBudget() ?? 0,
  }, campaignName.value);
  return (
    <>
      <div class="controls">
        <Choice name="Beside" param="reference" options={names.map(name => [name === 'base' ? '' : name, name] as const)} />
        <BudgetChoice all="all" />
      </div>
      {error && <p class="nothing" role="status">{error}</p>}
      {answer && !error && <Compared answer={answer} />}
    </>
  );
}
