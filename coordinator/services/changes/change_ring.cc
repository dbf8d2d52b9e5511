#include "coordinator/services/changes/change_ring.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "messages/names/name_parts.h"
#include "storage/forgotten_numbers.h"

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
               put != nullptr && put->name == kEventSequence) {
      counter = put->value;
    }
  }
  if (events.empty() && deleted.empty()) return false;
  // A deletion takes a number of its own, without an event.
  const auto unused = static_cast<int64_t>(deleted.size());
  if (!events.empty() && events.front()->sequence() > newest_ + 1 + unused) {
    // A commit that was reported as failed, and was not, is missing.
    begin_ = end_;
    segments_.clear();
    base_ = newest_ = events.front()->sequence() - 1 - unused;
  }
  std::vector<Entry> entries;
  entries.reserve(deleted.size() + events.size());
  for (std::string& name : deleted) {
    entries.push_back(
        {.sequence = newest_, .campaign = std::move(name), .deleted = true});
  }
  for (const v1::CampaignEvent* event : events) {
    newest_ = std::max(newest_, event->sequence());
    entries.push_back(
        {.sequence = event->sequence(),
         .campaign = event->campaign(),
         .trial = TrialNumber(event->trial()),
         .measured = event->kind() == v1::CampaignEvent::TRIAL_MEASURED});
  }
  Push(std::move(entries));
  newest_ = std::max(newest_, counter);
  return true;
}

void ChangeRing::Push(std::vector<Entry> entries) {
  segments_.push_back(std::make_shared<const Segment>(
      Segment{.begin = end_, .entries = std::move(entries)}));
  end_ = segments_.back()->end();
  if (end_ - begin_ <= limit_) return;
  begin_ = end_ - limit_;
  const Segment& first = **SegmentAt(begin_ - 1);
  base_ = first.entries[static_cast<size_t>(begin_ - 1 - first.begin)].sequence;
  segments_.erase(segments_.begin(), SegmentAt(begin_));
}

std::deque<ChangeRing::SharedSegment>::const_iterator ChangeRing::SegmentAt(
    int64_t place) const {
  return std::partition_point(
      segments_.begin(), segments_.end(),
      [&](const SharedSegment& segment) { return segment->end() <= place; });
}

std::optional<int64_t> ChangeRing::PlaceAfter(int64_t sequence) const {
  if (sequence < base_ || sequence > newest_) return std::nullopt;
  const auto known = [&](const Entry& entry) {
    return entry.deleted ? entry.sequence < sequence
                         : entry.sequence <= sequence;
  };
  const auto segment = std::partition_point(
      segments_.begin(), segments_.end(),
      [&](const SharedSegment& one) { return known(one->entries.back()); });
  if (segment == segments_.end()) return end_;
  const std::vector<Entry>& entries = (*segment)->entries;
  const auto entry =
      std::partition_point(entries.begin(), entries.end(), known);
  return std::max(begin_, (*segment)->begin + (entry - entries.begin()));
}

ChangeRing::Span ChangeRing::From(int64_t place) const {
  Span span;
  span.begin_ = std::max(begin_, place);
  span.segments_.assign(SegmentAt(span.begin_), segments_.end());
  return span;
}

void ChangeRing::Span::AddTo(Changes* changes) const {
  int64_t skipped = segments_.empty() ? 0 : begin_ - segments_.front()->begin;
  for (const SharedSegment& segment : segments_) {
    for (const Entry& entry : segment->entries) {
      if (skipped-- > 0) continue;
      ChangesOfCampaign& of = (*changes)[entry.campaign];
      if (entry.deleted) {
        of = {.deleted = true};
      } else {
        isoshape::Add(entry.trial, entry.measured, &of);
      }
    }
  }
}

}  // namespace isoshape
