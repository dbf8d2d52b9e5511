// A campaign of at least so many trials. A budget has no more than a few hundred
// distinct shapes, so that thousands take several budgets and seeds.
const BUDGETS = Array.from({length: 8}, (_, i) => Number((1e11 * 100 ** (i / 7)).toPrecision(2)));
const SHAPES_AT_MOST = 5000, SPARE = 1.15;
// That one campaign may ask for. Of that many nothing is spare, so that there are
// fewer shapes, of which fewer coincide, and some trials less than were asked for.
const ASKED_AT_MOST = 100_000, SHAPES_OF_MOST = 1000, LEAST_OF_MOST = 0.97;

// What is asked for, and how many of these trials there must be.
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
