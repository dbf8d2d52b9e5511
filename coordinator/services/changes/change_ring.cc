#include "coordinator/services/changes/change_ring.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "messages/names/name_parts.h"

namespace isoshape {
namespace {

void Add(int64_t trial, bool measured, ChangesOfCampaign* changes) {
  if (trial == 0) {
    changes->changed = true;
  } else if (measured) {
    changes->measured.insert(trial);
  } else {
    changes->changed = true;
    changes->trials.insert(trial);
  }
}

}  // namespace

void AddEvent(const v1::CampaignEvent& event, Changes* changes) {
  Add(TrialNumber(event.trial()),
      event.kind() == v1::CampaignEvent::TRIAL_MEASURED,
      &(*changes)[event.campaign()]);
}

bool ChangeRing::Add(const std::vector<Mutation>& mutations) {
  std::vector<const v1::CampaignEvent*> events;
  std::vector<std::string> deleted;
  int64_t counter = newest_;
  for (const Mutation& mutation : mutations) {
    if (const auto* append = std::get_if<AppendEvent>(&mutation)) {
      events.push_back(&append->event);
    } else if (const auto* remove = std::get_if<DeleteCampaign>(&mutation)) {
      deleted.push_back(remove->name);
    } else if (const auto* put = std::get_if<PutCounter>(&mutation);
               put != nullptr && put->name == "event_sequence") {
      counter = put->value;
    }
  }
  if (events.empty() && deleted.empty()) return false;
  // A deletion takes a number of its own, without an event.
  const auto unused = static_cast<int64_t>(deleted.size());
  if (!events.empty() && events.front()->sequence() > newest_ + 1 + unused) {
    // A commit that was reported as failed, and was not, is missing.
    begin_ = end();
    entries_.clear();
    base_ = newest_ = events.front()->sequence() - 1 - unused;
  }
  for (std::string& name : deleted) {
    Push({.sequence = newest_, .campaign = std::move(name), .deleted = true});
  }
  for (const v1::CampaignEvent* event : events) {
    newest_ = std::max(newest_, event->sequence());
    Push({.sequence = event->sequence(),
          .campaign = event->campaign(),
          .trial = TrialNumber(event->trial()),
          .measured = event->kind() == v1::CampaignEvent::TRIAL_MEASURED});
  }
  newest_ = std::max(newest_, counter);
  return true;
}

void ChangeRing::Push(Entry entry) {
  if (entries_.size() == limit_) {
    base_ = entries_.front().sequence;
    entries_.pop_front();
    ++begin_;
  }
  entries_.push_back(std::move(entry));
}

std::optional<int64_t> ChangeRing::PlaceAfter(int64_t sequence) const {
  if (sequence < base_ || sequence > newest_) return std::nullopt;
  const auto it = std::partition_point(
      entries_.begin(), entries_.end(), [&](const Entry& entry) {
        return entry.deleted ? entry.sequence < sequence
                             : entry.sequence <= sequence;
      });
  return begin_ + (it - entries_.begin());
}

void ChangeRing::Collect(int64_t place, Changes* changes) const {
  for (auto it = entries_.begin() + std::max<int64_t>(0, place - begin_);
       it != entries_.end(); ++it) {
    ChangesOfCampaign& of = (*changes)[it->campaign];
    if (it->deleted) {
      of = {.deleted = true};
    } else {
      isoshape::Add(it->trial, it->measured, &of);
    }
  }
}

}  // namespace isoshape
