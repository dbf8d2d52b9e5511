// A campaign of at least so many trials. A budget has no more than a few hundred
// distinct shapes, so that thousands take several budgets and seeds.
const BUDGETS = Array.from({length: 8}, (_, i) => Number((1e11 * 100 ** (i / 7)).toPrecision(2)));
const SHAPES_AT_MOST = 5000, SPARE = 1.15;
// The most trials that one campaign may ask for. So many leave no room for SPARE:
// fewer shapes are asked for, of which fewer coincide, and a few percent of the
// trials are missing.
const ASKED_AT_MOST = 100_000, SHAPES_OF_MOST = 1000, LEAST_OF_MOST = 0.97;

// What to ask for, and `least`, the number of trials that the campaign must have.
function plan(trials) {
  if (trials * SPARE <= ASKED_AT_MOST) {
    const seeds = Math.ceil(trials / SHAPES_AT_MOST);
    return {seeds, perBudget: Math.ceil(trials / seeds / BUDGETS.length * SPARE), least: trials};
  }
  const perBudget = SHAPES_OF_MOST / BUDGETS.length;
  return {seeds: Math.floor(ASKED_AT_MOST / SHAPES_OF_MOST), perBudget, least: trials * LEAST_OF_MOST};
}

// Resolves to how many trials it has.
export async function campaignOf(coordinator, id, trials) {
  const {seeds, perBudget, least} = plan(trials);
  const campaign = await coordinator.call('CampaignService/CreateCampaign', {campaign_id: id, campaign: {
    budgets: BUDGETS, seeds, space: {base: {head_dim: 4}}, algorithm: {sobol: {trials_per_budget: perBudget}},
  }});
  const made = campaign.trial_counts.pending;
  if (!(made >= least)) throw new Error(`campaign ${id} has ${made} trials, not ${least}: ${campaign.planner_note}`);
  return made;
}
