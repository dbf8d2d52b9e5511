// A worker that trains nothing: it leases trials over HTTP and reports losses by
// a law in size, tokens and aspect ratio, with noise that depends on the trial
// alone.

// In [-1, 1), the same for the same trial.
function noise(name) {
  let hash = 2166136261;
  for (const letter of name) hash = Math.imul(hash ^ letter.charCodeAt(0), 16777619);
  hash = Math.imul(hash ^ (hash >>> 15), 2246822519);
  return ((hash >>> 8) % 20000) / 10000 - 1;
}

// What a variant costs in loss.
const WORSE = {worse: 0.05};

export function lossOf(trial) {
  const size = trial.flops_per_token / 6;
  const aspect = Math.log(trial.shape.width / trial.shape.depth / 18);
  return (WORSE[trial.variant] ?? 0) + 0.9 + 30 / size ** 0.34 + 110 / trial.tokens ** 0.37 + 0.004 * aspect ** 2 + 0.006 * noise(trial.name);
}

function cardOf(trial) {
  const loss = lossOf(trial);
  return {
    validation_loss: loss, validation_loss_stderr: 0.004, train_loss: loss - 0.01, parameters: trial.parameters,
    flops_per_token: trial.flops_per_token, flops: trial.flops_per_token * trial.tokens, tokens: trial.tokens,
    steps: trial.steps, tokens_per_second: 1e5, step_seconds: 0.004, wall_seconds: trial.tokens / 1e5,
    peak_memory_bytes: trial.parameters * 40, decode_seconds: 1e-8 * trial.parameters + 2e-5 * trial.shape.depth,
    train_data_tokens: 38738433, validation_data_tokens: 2000000, data_fingerprint: '2e8ecf0c0f724117', device: 'cpu',
    device_name: 'none', threads: 1, precision: 'fp32', trainer: 'fake', engine: 'cpu/none',
  };
}

export class FakeWorker {
  constructor(coordinator, id = 'fake') {
    this.coordinator = coordinator;
    this.name = `workers/${id}`;
  }

  async register(dataset = 'text') {
    await this.coordinator.call('WorkerService/RegisterWorker', {worker: {
      name: this.name, hostname: 'nowhere', device: 'cpu', device_name: 'none', slots: 64, datasets: [dataset], version: 'fake',
    }});
  }

  // Leases of up to `count` trials; none if there is nothing to train for that
  // many seconds.
  async lease(count = 64, wait = 0) {
    const {leases = []} = await this.coordinator.call('WorkerService/LeaseTrials',
        {worker: this.name, max_trials: Math.min(64, count), wait});
    return leases;
  }

  // Leases, once there are trials; none if no campaign runs any more. Between two
  // rounds of trials a campaign has none while the search plans.
  async nextLeases(count) {
    for (;;) {
      const leases = await this.lease(count, 1);
      if (leases.length > 0) return leases;
      const {campaigns = []} = await this.coordinator.call('CampaignService/ListCampaigns', {page_size: 1000});
      if (!campaigns.some(campaign => campaign.state === 'running')) return [];
    }
  }

  async report({trial, fencing_token}, shares = [0.25, 0.5, 0.75]) {
    const final = lossOf(trial);
    await this.coordinator.call('WorkerService/ReportMeasurements', {
      worker: this.name, trial: trial.name, fencing_token,
      measurements: shares.map(share => {
        const step = Math.max(1, Math.round(trial.steps * share));
        return {step, tokens: step * trial.tokens_per_step, flops: step * trial.tokens_per_step * trial.flops_per_token,
          train_loss: final + 1.5 * (1 - share) ** 2, elapsed_seconds: share};
      }),
    });
  }

  async complete({trial, fencing_token}, ending = {}) {
    await this.coordinator.call('WorkerService/CompleteTrial', {
      worker: this.name, trial: trial.name, fencing_token, state: 'succeeded',
      ...ending.state === undefined || ending.state === 'succeeded' ? {shape_card: cardOf(trial)} : {}, ...ending,
    });
  }

  // Trains until no campaign runs, or `most` trials; tells how many.
  async trainAll({most = Infinity, curves = false, ending = () => ({})} = {}) {
    let trained = 0;
    while (trained < most) {
      const leases = await this.nextLeases(most - trained);
      if (leases.length === 0) break;
      await Promise.all(leases.map(async lease => {
        if (curves) await this.report(lease);
        await this.complete(lease, ending(lease.trial));
      }));
      trained += leases.length;
    }
    return trained;
  }
}

const SPACE = {base: {head_dim: 16}};

// A campaign of about `trials` trials, spread evenly over its budgets; a few
// hundred shapes are all that there are in the space at these budgets.
export async function sobolCampaign(coordinator, id, trials, budgets = [1e11, 3e11, 9e11]) {
  return coordinator.call('CampaignService/CreateCampaign', {campaign_id: id, campaign: {
    budgets, space: SPACE, algorithm: {sobol: {trials_per_budget: Math.ceil(trials / budgets.length)}},
  }});
}

// A campaign as people run it.
export async function gridCampaign(coordinator, id, budgets = [1e11, 3e11, 9e11]) {
  return coordinator.call('CampaignService/CreateCampaign', {campaign_id: id, campaign: {budgets, space: SPACE}});
}

// A campaign of shapes that are also trained another way.
export async function variedCampaign(coordinator, id) {
  return coordinator.call('CampaignService/CreateCampaign', {campaign_id: id, campaign: {
    budgets: [1e11], space: SPACE, algorithm: {sobol: {trials_per_budget: 12}},
    variants: [{name: 'worse', recipe: {learning_rate: 0.02}}],
  }});
}
