#include "claims/judge.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "claims/overlap.h"
#include "claims/part_figure.h"
#include "claims/verdict.h"
#include "common/text/counted.h"
#include "messages/trial/lifecycle.h"

namespace isoshape {
namespace {

using Machines = std::set<std::string>;

double FlopsOf(const v1::Trial& trial) {
  return trial.shape_card().has_flops() ? trial.shape_card().flops()
                                        : trial.budget_flops();
}

std::string MachineOf(const v1::ShapeCard& card) {
  return absl::StrCat(card.device_name(), ", ",
                      Counted(card.threads(), "thread"), ", ", card.engine());
}

// What the runs of a claim came to, and its machines.
Machines CountRuns(const ClaimRecord& record, v1::ClaimResult& result) {
  Machines machines;
  for (const ClaimRuns& runs : record.runs) {
    result.add_campaigns(runs.campaign.name());
    for (const v1::Trial& trial : runs.trials) {
      if (!IsFinal(trial.state())) {
        result.set_runs_missing(result.runs_missing() + 1);
        continue;
      }
      result.set_runs(result.runs() + 1);
      result.set_flops(result.flops() + FlopsOf(trial));
      if (trial.has_shape_card()) {
        machines.insert(MachineOf(trial.shape_card()));
      }
    }
  }
  return machines;
}

// Adds what was not counted for an earlier claim, as claims share campaigns.
void AddToTotals(const ClaimRecord& record, std::set<std::string>& counted,
                 v1::ClaimsReport& report) {
  for (const ClaimRuns& runs : record.runs) {
    if (!counted.insert(runs.campaign.name()).second) continue;
    for (const v1::Trial& trial : runs.trials) {
      if (!IsFinal(trial.state())) continue;
      report.set_runs(report.runs() + 1);
      report.set_flops(report.flops() + FlopsOf(trial));
      report.set_run_seconds(report.run_seconds() +
                             trial.shape_card().wall_seconds());
    }
  }
}

// The machines, and whether the runs had them for themselves.
Machines WithOverlap(const Machines& machines, int at_once) {
  if (at_once == 0) return machines;
  const std::string beside =
      at_once == 1 ? "one run at a time"
                   : absl::StrCat("up to ", at_once, " runs at a time");
  Machines told;
  for (const std::string& machine : machines) {
    told.insert(absl::StrCat(machine, ", ", beside));
  }
  return told;
}

// What is known of a part before the p-values of others are.
struct Judged {
  v1::PartResult* result = nullptr;
  const v1::ClaimPart* part = nullptr;
  SeedSummary summary;
  double flops_of_seed = 0;
  // A verdict can rest on its figure.
  bool known = false;
};

// The figure of a part, or why there is none; true if it counts among those
// that are judged together.
bool Summarize(const v1::ClaimPart& part, const std::vector<ClaimRuns>& runs,
               int runs_missing, Judged& judged) {
  v1::PartResult& result = *judged.result;
  result.set_name(part.name());
  result.set_verdict(v1::PartResult::NOT_DECIDED);
  const PartFigure figure = FigureOf(part, runs, runs_missing);
  result.set_problem(figure.problem);
  result.mutable_seeds()->Add(figure.seeds.begin(), figure.seeds.end());
  judged.part = &part;
  judged.known = figure.problem.empty();
  if (!figure.summary.has_value()) return figure.counts;
  judged.summary = *figure.summary;
  const auto shown = [&part](double x) {
    return part.is_log_factor() ? std::exp(x) : x;
  };
  result.set_effect(shown(judged.summary.mean));
  result.set_lower(shown(judged.summary.lower));
  result.set_upper(shown(judged.summary.upper));
  return figure.counts;
}

void Decide(const std::vector<Judged>& all) {
  std::vector<double> p_values;
  p_values.reserve(all.size());
  for (const Judged& judged : all) {
    p_values.push_back(judged.known ? judged.summary.p_value : 1);
  }
  const std::vector<double> adjusted = AdjustByHolm(p_values);
  for (size_t i = 0; i < all.size(); ++i) {
    const Judged& judged = all[i];
    if (!judged.known) continue;
    v1::PartResult& result = *judged.result;
    result.set_p_value(p_values[i]);
    result.set_adjusted_p_value(adjusted[i]);
    if (adjusted[i] <= kWrongVerdicts) {
      result.set_verdict(judged.summary.holds ? v1::PartResult::SUPPORTED
                                              : v1::PartResult::CONTRADICTED);
      continue;
    }
    // As if it were the hardest of those that are not decided.
    const int seeds =
        SeedsThatDecide(judged.summary, BoundsOf(*judged.part),
                        kWrongVerdicts / static_cast<double>(all.size()));
    result.set_seeds_needed(seeds);
    result.set_flops_needed(judged.flops_of_seed *
                            std::max(0, seeds - judged.summary.seeds));
  }
}

}  // namespace

absl::StatusOr<v1::ClaimDesign> DesignOf(const v1::Claim& claim,
                                         const std::string& scale) {
  std::vector<std::string> scales;
  for (const v1::ClaimDesign& design : claim.designs()) {
    if (design.scale() == scale) return design;
    scales.push_back(design.scale());
  }
  return absl::NotFoundError(
      absl::StrCat("claim '", claim.id(), "' has no design of scale '", scale,
                   "', only ", absl::StrJoin(scales, ", ")));
}

v1::Campaign CampaignOf(const v1::ClaimDesign& design,
                        const v1::ClaimCampaign& campaign) {
  v1::Campaign merged = design.common();
  // A list of its own replaces the common one.
  if (!campaign.campaign().budgets().empty()) merged.clear_budgets();
  merged.MergeFrom(campaign.campaign());
  return merged;
}

v1::ClaimsReport Judge(const std::vector<ClaimRecord>& records,
                       const std::string& scale) {
  v1::ClaimsReport report;
  report.set_scale(scale);
  // Results do not move once they are pointed to.
  report.mutable_claims()->Reserve(static_cast<int>(records.size()));
  std::vector<Judged> judged_parts;
  Machines all_machines;
  std::set<std::string> counted;
  RunOverlap overlap;
  for (const ClaimRecord& record : records) overlap.Add(record.runs);
  for (const ClaimRecord& record : records) {
    v1::ClaimResult& result = *report.add_claims();
    *result.mutable_claim() = record.claim;
    result.mutable_claim()->clear_designs();
    const Machines machines = CountRuns(record, result);
    all_machines.insert(machines.begin(), machines.end());
    AddToTotals(record, counted, report);
    int seeds = 1;
    for (const ClaimRuns& runs : record.runs) {
      seeds = std::max(seeds, runs.campaign.seeds());
    }
    for (const v1::ClaimPart& part : record.claim.parts()) {
      Judged judged;
      judged.result = result.add_parts();
      judged.flops_of_seed = result.flops() / seeds;
      if (part.depends_on_machine()) {
        const Machines told =
            WithOverlap(machines, overlap.AtOnce(record.runs));
        judged.result->mutable_machines()->Add(told.begin(), told.end());
      }
      if (Summarize(part, record.runs, result.runs_missing(), judged))
        judged_parts.push_back(judged);
    }
  }
  Decide(judged_parts);
  report.mutable_machines()->Add(all_machines.begin(), all_machines.end());
  return report;
}

}  // namespace isoshape
