#include "storage/sqlite/known_rows.h"

#include <algorithm>
#include <variant>

#include "absl/status/statusor.h"

namespace isoshape {
namespace {

// So many trials take some 10 MB; when there are more, all are looked up anew.
constexpr size_t kMostTrials = 200'000;

}  // namespace

bool KnownRows::Has(const std::string& campaign, const Rows& also,
                    const Tables& tables) {
  if (also.contains(campaign) || rows_.contains(campaign)) return true;
  if (!tables.has_campaign(campaign)) return false;
  rows_[campaign];
  return true;
}

bool KnownRows::Has(const TrialName& trial, const Rows& also,
                    const Tables& tables) {
  for (const Rows* rows : {&also, static_cast<const Rows*>(&rows_)}) {
    const auto found = rows->find(trial.campaign);
    if (found != rows->end() && found->second.contains(trial.number)) {
      return true;
    }
  }
  if (!tables.has_trial(trial)) return false;
  AddTrial(trial);
  return true;
}

void KnownRows::AddTrial(const TrialName& trial) {
  if (++trials_ > kMostTrials) Clear();
  rows_[trial.campaign].insert(trial.number);
}

bool KnownRows::Cover(const std::vector<Mutation>& mutations,
                      const Tables& tables) {
  Rows also;  // by these changes themselves
  int64_t last_event = last_event_;
  for (const Mutation& mutation : mutations) {
    if (const auto* put = std::get_if<PutCampaign>(&mutation)) {
      also[put->campaign.name()];
    } else if (const auto* put_trial = std::get_if<PutTrial>(&mutation)) {
      const absl::StatusOr<TrialName> name =
          ParseTrialName(put_trial->trial.name());
      if (!name.ok() || !Has(name->campaign, also, tables)) return false;
      also[name->campaign].insert(name->number);
    } else if (const auto* point = std::get_if<PutMeasurement>(&mutation)) {
      const absl::StatusOr<TrialName> name = ParseTrialName(point->trial);
      if (!name.ok() || !Has(*name, also, tables)) return false;
    } else if (const auto* drop = std::get_if<DropMeasurements>(&mutation)) {
      if (!ParseTrialName(drop->trial).ok()) return false;
    } else if (const auto* append = std::get_if<AppendEvent>(&mutation)) {
      if (append->event.sequence() <= last_event ||
          !Has(append->event.campaign(), also, tables)) {
        return false;
      }
      last_event = append->event.sequence();
    } else if (std::holds_alternative<DeleteCampaign>(mutation)) {
      return false;
    }
  }
  return true;
}

void KnownRows::Add(const std::vector<Mutation>& mutations) {
  for (const Mutation& mutation : mutations) {
    if (const auto* put = std::get_if<PutCampaign>(&mutation)) {
      rows_[put->campaign.name()];
    } else if (const auto* put_trial = std::get_if<PutTrial>(&mutation)) {
      const absl::StatusOr<TrialName> name =
          ParseTrialName(put_trial->trial.name());
      if (name.ok()) AddTrial(*name);
    } else if (const auto* append = std::get_if<AppendEvent>(&mutation)) {
      last_event_ = std::max(last_event_, append->event.sequence());
    } else if (const auto* remove = std::get_if<DeleteCampaign>(&mutation)) {
      rows_.erase(remove->name);
    }
  }
}

void KnownRows::Clear() {
  rows_.clear();
  trials_ = 0;
}

}  // namespace isoshape
