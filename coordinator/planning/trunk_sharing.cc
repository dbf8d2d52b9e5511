#include "coordinator/planning/trunk_sharing.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/text/format_number.h"
#include "messages/campaign/campaign_recipe.h"
#include "shape/schedule.h"

namespace isoshape {
namespace {

// Whether a cooldown of `branch`'s length can branch off `trunk`.
bool CanBranch(const v1::Campaign& campaign, const v1::Trial& branch,
               const v1::Trial& trunk) {
  const int64_t next =
      trunk.branches().empty() ? trunk.steps() : trunk.branches(0).steps();
  const v1::Recipe recipe = RecipeAt(campaign, trunk.budget_flops());
  return branch.steps() < next &&
         branch.tokens_per_step() == trunk.tokens_per_step() &&
         CooldownStart(branch.steps(), recipe.cooldown_fraction()) >=
             WarmupSteps(trunk.steps(), recipe.warmup_fraction());
}

// Puts a branch before the trunk's others: they come by descending budget.
void AddBranch(const v1::Campaign& campaign, const v1::Trial& shorter,
               v1::Trial* trunk) {
  const int64_t cooldown =
      shorter.steps() -
      CooldownStart(shorter.steps(), campaign.recipe().cooldown_fraction());
  v1::TrialBranch branch;
  branch.set_budget_flops(shorter.budget_flops());
  branch.set_steps(shorter.steps());
  branch.set_tokens(shorter.tokens());
  branch.set_added_flops(
      static_cast<double>(cooldown * shorter.tokens_per_step()) *
      shorter.flops_per_token());
  *trunk->add_branches() = std::move(branch);
  std::rotate(trunk->mutable_branches()->begin(),
              trunk->mutable_branches()->end() - 1,
              trunk->mutable_branches()->end());
}

std::string BranchReason(const v1::Trial& trunk) {
  return absl::StrFormat(
      "; with a cooldown at %s FLOPs",
      absl::StrJoin(trunk.branches(), " and ",
                    [](std::string* text, const v1::TrialBranch& branch) {
                      absl::StrAppend(text, FormatFlops(branch.budget_flops()));
                    }));
}

}  // namespace

std::vector<v1::Trial> ShareTrunks(const v1::Campaign& campaign,
                                   std::vector<v1::Trial> trials) {
  std::stable_sort(trials.begin(), trials.end(),
                   [](const v1::Trial& a, const v1::Trial& b) {
                     return a.budget_flops() < b.budget_flops();
                   });
  // By the shape's bytes: messages that hold nothing but numbers have the same
  // bytes exactly if they are equal.
  std::map<std::pair<std::string, int64_t>, std::vector<size_t>> trunks;
  std::vector<bool> joined(trials.size(), false);
  for (size_t i = trials.size(); i-- > 0;) {
    std::vector<size_t>& longer =
        trunks[{trials[i].shape().SerializeAsString(), trials[i].seed()}];
    const auto trunk =
        std::find_if(longer.begin(), longer.end(), [&](size_t candidate) {
          return CanBranch(campaign, trials[i], trials[candidate]);
        });
    if (trunk == longer.end()) {
      longer.push_back(i);
    } else {
      AddBranch(campaign, trials[i], &trials[*trunk]);
      joined[i] = true;
    }
  }
  std::vector<v1::Trial> shared;
  for (size_t i = 0; i < trials.size(); ++i) {
    if (joined[i]) continue;
    v1::Trial& trial = shared.emplace_back(std::move(trials[i]));
    if (!trial.branches().empty()) {
      trial.mutable_reason()->append(BranchReason(trial));
    }
  }
  return shared;
}

}  // namespace isoshape
