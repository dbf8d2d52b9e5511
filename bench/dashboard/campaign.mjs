// A campaign of at least so many trials. A budget has no more than a few hundred
// distinct shapes, so that thousands take several budgets and seeds.
const BUDGETS = Array.from({length: 8}, (_, i) => Number((1e11 * 100 ** (i / 7)).toPrecision(2)));
const SHAPES_AT_MOST = 5000, SPARE = 1.15;

// Resolves to how many trials it has.
export async function campaignOf(coordinator, id, trials) {
  const seeds = Math.ceil(trials / SHAPES_AT_MOST);
  const campaign = await coordinator.call('CampaignService/CreateCampaign', {campaign_id: id, campaign: {
    budgets: BUDGETS, seeds, space: {base: {head_dim: 4}},
    algorithm: {sobol: {trials_per_budget: Math.ceil(trials / seeds / BUDGETS.length * SPARE)}},
  }});
  const made = campaign.trial_counts.pending;
  if (!(made >= trials)) throw new Error(`campaign ${id} has ${made} trials, not ${trials}: ${campaign.planner_note}`);
  return made;
}
