#include "cli/output/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "cli/output/format.h"
#include "common/console/terminal.h"
#include "messages/campaign/algorithm_arm.h"
#include "messages/shape/shape_proto.h"
#include "messages/trial/lifecycle.h"
#include "messages/trial/measured_points.h"
#include "shape/shape.h"

namespace isoshape {
namespace {

constexpr size_t kMaxBarWidth = 24;
constexpr size_t kMinBarWidth = 8;
constexpr size_t kAroundBar = 3;  // `[` and `] `
// From when on a rate tells how long the rest takes.
constexpr double kMinShare = 0.01;
constexpr absl::Duration kMinTime = absl::Seconds(15);

}  // namespace

double FlopsToPropose(const v1::Campaign& campaign, double planned) {
  if (!campaign.has_expected_flops()) return 0;
  // Less than this share is what sums are rounded by.
  constexpr double kRounding = 1e-9;
  const double left = campaign.expected_flops() - planned;
  return left > kRounding * campaign.expected_flops() ? left : 0;
}

void CampaignProgress::Start(absl::Time now) {
  start_ = now;
  done_at_start_ = Done();
}

void CampaignProgress::Update(const v1::Trial& trial) {
  if (!IsTrainedHere(trial)) return;
  Entry& entry = trials_[trial.name()];
  entry.budget = trial.budget_flops();
  entry.planned = trial.tokens() > 0 ? PlannedFlops(trial) : entry.budget;
  for (const v1::TrialBranch& branch : trial.branches()) {
    entry.budget += branch.added_flops();
  }
  entry.running = trial.state() == v1::Trial::LEASED;
  entry.ended = IsFinal(trial.state());
  entry.done = entry.ended ? entry.budget
               : entry.running
                   ? std::min(trial.last_measurement().flops(), entry.budget)
                   : 0;
  if (trial.state() != v1::Trial::SUCCEEDED) return;
  const double loss = trial.shape_card().validation_loss();
  if (!best_loss_.has_value() || loss < *best_loss_) {
    best_loss_ = loss;
    best_shape_ = ShapeLabel(FromProto(trial.shape()));
  }
}

void CampaignProgress::Measure(const std::string& trial, double flops) {
  const auto found = trials_.find(trial);
  if (found == trials_.end() || found->second.ended) return;
  found->second.done = std::min(flops, found->second.budget);
}

double CampaignProgress::Planned() const {
  double sum = 0;
  for (const auto& [name, entry] : trials_) sum += entry.planned;
  return sum;
}

bool CampaignProgress::HasEnded(const std::string& trial) const {
  const auto found = trials_.find(trial);
  return found != trials_.end() && found->second.ended;
}

double CampaignProgress::Done() const {
  double sum = 0;
  for (const auto& [name, entry] : trials_) sum += entry.done;
  return sum;
}

double CampaignProgress::Total() const {
  double sum = expected_;
  for (const auto& [name, entry] : trials_) sum += entry.budget;
  return sum;
}

std::optional<absl::Duration> CampaignProgress::Remaining(
    absl::Time now) const {
  const double done = Done();
  const double seconds = absl::ToDoubleSeconds(now - start_);
  if (done <= done_at_start_ || seconds <= 0) return std::nullopt;
  if (done - done_at_start_ < kMinShare * Total() && now - start_ < kMinTime) {
    return std::nullopt;
  }
  return absl::Seconds((Total() - done) * seconds / (done - done_at_start_));
}

std::string CampaignProgress::Line(absl::Time now, size_t columns) const {
  int64_t ended = 0;
  int64_t running = 0;
  for (const auto& [name, entry] : trials_) {
    ended += entry.ended ? 1 : 0;
    running += entry.running ? 1 : 0;
  }
  const std::string counts =
      absl::StrCat(ended, "/", trials_.size(), " trials");
  const std::string active = absl::StrCat("  ", running, " running");
  const std::string best =
      best_loss_.has_value() ? absl::StrCat("  best ", FormatLoss(*best_loss_),
                                            " at ", best_shape_)
                             : "";
  const auto remaining = Remaining(now);
  const std::string eta = remaining.has_value()
                              ? absl::StrCat("  ETA ", DurationText(*remaining))
                              : "";
  for (const std::string& text :
       {absl::StrCat(counts, active, best, eta),
        absl::StrCat(counts, active, eta), absl::StrCat(counts, eta)}) {
    // The last column stays free: some terminals go on to a new line after it.
    const size_t least = text.size() + kMinBarWidth + kAroundBar + 1;
    if (columns < least) continue;
    return absl::StrCat(
        Bar(std::min(kMinBarWidth + (columns - least), kMaxBarWidth)), text);
  }
  return absl::StrCat(counts, eta);
}

std::string CampaignProgress::Bar(size_t width) const {
  const double total = Total();
  const double share = total > 0 ? Done() / total : 0;
  const auto filled = static_cast<size_t>(
      std::floor(share * static_cast<double>(width) + 1e-9));
  return absl::StrCat("[", std::string(filled, '#'),
                      std::string(width - filled, '-'), "] ");
}

size_t ProgressLine::Columns() {
  return TerminalColumns(STDERR_FILENO)
      .value_or(CampaignProgress::kManyColumns);
}

bool ProgressLine::CanDraw() {
  const char* const term = std::getenv("TERM");
  return isatty(STDERR_FILENO) != 0 &&
         (term == nullptr || std::string(term) != "dumb");
}

void ProgressLine::Draw(const std::string& text) {
  // A line that is longer than the terminal would be drawn on a new one each
  // time. It is plain ASCII.
  const std::string cut = text.substr(
      0, TerminalColumns(STDERR_FILENO).value_or(text.size() + 1) - 1);
  if (cut == drawn_) return;
  // Carriage return, the text, and clear to the end of the line.
  out_ << '\r' << cut << "\x1b[K" << std::flush;
  drawn_ = cut;
}

void ProgressLine::Clear() {
  if (drawn_.empty()) return;
  out_ << "\r\x1b[K" << std::flush;
  drawn_.clear();
}

}  // namespace isoshape
