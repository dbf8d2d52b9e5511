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
#include "claims/pipeline.h"
#include "claims/verdict.h"
#include "common/status/field_checks.h"
#include "common/status/status_macros.h"
#include "common/text/counted.h"
#include "messages/trial/lifecycle.h"

namespace isoshape {
namespace {

using Machines = std::set<std::string>;

absl::Status Refused(const v1::Claim& claim, absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("claim '", claim.id(), "': ", what));
}

absl::Status CheckPart(const v1::Claim& claim, const v1::ClaimPart& part) {
  if (part.name().empty() || part.figure().empty()) {
    return Refused(claim, "a part needs a name and a figure");
  }
  if (!part.has_above() && !part.has_below()) {
    return Refused(claim,
                   absl::StrCat("part '", part.name(),
                                "' says neither above nor below what its "
                                "figure is if the statement holds"));
  }
  if (part.has_above() && part.has_below() && part.above() >= part.below()) {
    return Refused(
        claim, absl::StrCat("part '", part.name(), "': above ", part.above(),
                            " is not less than below ", part.below()));
  }
  // The names in a pipeline are held against runs; its measure needs none.
  for (const auto* pipeline : {&part.pipeline(), &part.divided_by()}) {
    if (pipeline == &part.divided_by() && !part.has_divided_by()) continue;
    const absl::Status measure = CellsOf({}, pipeline->measure()).status();
    if (!measure.ok()) {
      return Refused(
          claim, absl::StrCat("part '", part.name(), "': ", measure.message()));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckDesign(const v1::Claim& claim,
                         const v1::ClaimDesign& design) {
  const std::string where = absl::StrCat("design '", design.scale(), "'");
  if (design.scale().empty()) return Refused(claim, "a design has no scale");
  if (design.campaigns().empty()) {
    return Refused(claim, absl::StrCat(where, " has no campaigns"));
  }
  std::set<std::string> labels;
  for (const v1::ClaimCampaign& campaign : design.campaigns()) {
    if (!labels.insert(campaign.label()).second) {
      return Refused(claim, absl::StrCat(where, " has two campaigns labelled '",
                                         campaign.label(), "'"));
    }
    const int seeds = CampaignOf(design, campaign).seeds();
    if (seeds < kMinSeeds) {
      return Refused(
          claim, absl::StrCat(where, ": seeds ", seeds,
                              " are too few for an interval; give at least ",
                              kMinSeeds));
    }
  }
  return absl::OkStatus();
}

ClaimBounds BoundsOf(const v1::ClaimPart& part) {
  ClaimBounds bounds;
  if (part.has_above()) bounds.above = part.above();
  if (part.has_below()) bounds.below = part.below();
  return bounds;
}

// The figure of each seed, divided if the part says so.
absl::StatusOr<std::vector<double>> FiguresOf(
    const v1::ClaimPart& part, const std::vector<ClaimRuns>& runs) {
  ISOSHAPE_ASSIGN_OR_RETURN(auto values, RunPipeline(part.pipeline(), runs));
  if (part.has_divided_by()) {
    ISOSHAPE_ASSIGN_OR_RETURN(const auto divisors,
                              RunPipeline(part.divided_by(), runs));
    for (auto at = values.begin(); at != values.end();) {
      const auto divisor = divisors.find(at->first);
      if (divisor == divisors.end() || divisor->second == 0) {
        at = values.erase(at);
        continue;
      }
      at->second /= divisor->second;
      ++at;
    }
  }
  std::vector<double> figures;
  figures.reserve(values.size());
  for (const auto& [seed, value] : values) figures.push_back(value);
  return figures;
}

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
};

// The summary of a part, if it has seeds enough; else why not is in the result.
bool Summarize(const v1::ClaimPart& part, const std::vector<ClaimRuns>& runs,
               int runs_missing, Judged& judged) {
  v1::PartResult& result = *judged.result;
  result.set_name(part.name());
  result.set_verdict(v1::PartResult::NOT_DECIDED);
  const absl::StatusOr<std::vector<double>> figures = FiguresOf(part, runs);
  if (!figures.ok()) {
    result.set_problem(std::string(figures.status().message()));
    return false;
  }
  result.mutable_seeds()->Add(figures->begin(), figures->end());
  if (figures->size() < kMinSeeds) {
    result.set_problem(
        absl::StrCat("the runs tell it of ",
                     Counted(static_cast<int64_t>(figures->size()), "seed"),
                     "; a verdict takes ", kMinSeeds));
  }
  if (figures->size() < 2) return false;
  judged.part = &part;
  judged.summary = SummaryOf(*figures, BoundsOf(part));
  const auto shown = [&part](double x) {
    return part.is_log_factor() ? std::exp(x) : x;
  };
  result.set_effect(shown(judged.summary.mean));
  result.set_lower(shown(judged.summary.lower));
  result.set_upper(shown(judged.summary.upper));
  if (runs_missing > 0) {
    // What is there by now may be the easier part.
    result.set_problem(absl::StrCat(runs_missing,
                                    runs_missing == 1 ? " run is" : " runs are",
                                    " still to come"));
    return false;
  }
  return figures->size() >= kMinSeeds;
}

void Decide(const std::vector<Judged>& all) {
  std::vector<double> p_values;
  p_values.reserve(all.size());
  for (const Judged& judged : all) {
    p_values.push_back(judged.summary.p_value);
  }
  const std::vector<double> adjusted = AdjustByHolm(p_values);
  for (size_t i = 0; i < all.size(); ++i) {
    const Judged& judged = all[i];
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

absl::Status CheckClaim(const v1::Claim& claim) {
  if (claim.id().empty() || claim.statement().empty()) {
    return Refused(claim, "it needs an id and a statement");
  }
  if (claim.parts().empty()) {
    return Refused(claim, "it has no parts, so that nothing judges it");
  }
  std::set<std::string> names;
  for (const v1::ClaimPart& part : claim.parts()) {
    ISOSHAPE_RETURN_IF_ERROR(CheckPart(claim, part));
    if (!names.insert(part.name()).second) {
      return Refused(claim,
                     absl::StrCat("two parts are named '", part.name(), "'"));
    }
  }
  if (claim.designs().empty()) {
    return Refused(claim, "it has no designs, so that nothing is trained");
  }
  for (const v1::ClaimDesign& design : claim.designs()) {
    ISOSHAPE_RETURN_IF_ERROR(CheckDesign(claim, design));
  }
  return absl::OkStatus();
}

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
