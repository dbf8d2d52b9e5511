#include "coordinator/http/answer_pace.h"

#include <algorithm>

namespace isoshape {
namespace {

// What reading a request and writing an answer that is there takes of a
// processor, and how many of its bytes take a nanosecond more.
constexpr absl::Duration kAnswer = absl::Microseconds(150);
constexpr size_t kBytesANanosecond = 2;
// How long a page waits between two questions if it is told nothing
// (dashboard/src/api/asker.ts).
constexpr absl::Duration kUntold = absl::Milliseconds(800);
constexpr absl::Duration kLongest = absl::Seconds(30);

}  // namespace

AnswerPace::AnswerPace(double share, Clock* clock)
    : share_(share),
      clock_(clock),
      pages_(std::make_shared<std::atomic<int>>(0)),
      since_(clock->Elapsed()) {}

std::shared_ptr<const void> AnswerPace::PageOpened() {
  ++*pages_;
  return {pages_.get(), [pages = pages_](const void*) { --*pages; }};
}

absl::Duration AnswerPace::Asked(size_t bytes) {
  absl::MutexLock lock(&mutex_);
  spent_ += kAnswer + absl::Nanoseconds(bytes / kBytesANanosecond);
  Adapt();
  return pace_;
}

void AnswerPace::Spent(absl::Duration processor) {
  absl::MutexLock lock(&mutex_);
  spent_ += processor;
}

absl::Duration AnswerPace::Now() {
  absl::MutexLock lock(&mutex_);
  Adapt();
  return pace_;
}

// Each page has asked once within a pace: before, there is nothing to learn.
// What somebody asks who opens one view after the other is no rate that lasts:
// a pace is at most four times the one before, so that few wait for long.
void AnswerPace::Adapt() {
  const absl::Duration kept = std::max(pace_, kUntold);
  const absl::Duration passed = clock_->Elapsed() - since_;
  if (passed < kept) return;
  const absl::Duration needed =
      kept * (absl::FDivDuration(spent_, passed) / share_);
  const absl::Duration longest =
      std::min({4 * kept, pages_->load() * kUntold, kLongest});
  pace_ = std::min(needed, longest);
  if (pace_ <= kUntold) pace_ = absl::ZeroDuration();
  since_ += passed;
  spent_ = absl::ZeroDuration();
}

}  // namespace isoshape
