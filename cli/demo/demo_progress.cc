#include "cli/demo/demo_progress.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "messages/proto_json.h"
#include "messages/shape_proto.h"

namespace isoshape {
namespace {

bool Ended(const v1::Trial& trial) {
  return trial.state() != v1::Trial::PENDING &&
         trial.state() != v1::Trial::LEASED;
}

std::string Ending(const v1::Trial& trial) {
  if (trial.state() == v1::Trial::SUCCEEDED) {
    return absl::StrFormat("%.3f nats/byte",
                           trial.shape_card().validation_loss());
  }
  return absl::StrCat(EnumName(trial.state()), ": ", trial.error());
}

}  // namespace

DemoWork CountWork(const v1::Campaign& campaign,
                   const std::vector<v1::Trial>& trials) {
  DemoWork work;
  std::map<double, int> known;  // trials of each budget
  for (const v1::Trial& trial : trials) {
    const double flops = trial.budget_flops();
    work.total += flops;
    ++known[flops];
    if (Ended(trial)) {
      work.done += flops;
    } else if (trial.state() == v1::Trial::LEASED) {
      work.running += std::min(flops, trial.last_measurement().flops());
    }
  }
  // What the algorithm will propose at least, and the check of the prediction.
  const int expected =
      campaign.algorithm().sizes() + campaign.algorithm().aspect_ratios() - 1;
  double largest = 0;
  for (const double budget : campaign.budgets()) {
    largest = std::max(largest, budget);
    if (campaign.state() == v1::Campaign::RUNNING) {
      work.total += budget * std::max(0, expected - known[budget]);
    }
  }
  const double target =
      campaign.target_flops() > 0 ? campaign.target_flops() : 3 * largest;
  if (known[target] == 0) work.total += target * kVerificationSeeds;
  return work;
}

std::string DemoProgress::Eta(const DemoWork& work) {
  const double spent = work.done + work.running;
  if (!started_) {
    started_ = true;
    start_time_ = absl::Now();
    start_flops_ = spent;
  }
  const double seconds = absl::ToDoubleSeconds(absl::Now() - start_time_);
  if (seconds < 5 || spent <= start_flops_) return "";
  const double rate = (spent - start_flops_) / seconds;
  return absl::FormatDuration(
      absl::Seconds(std::ceil((work.total - spent) / rate)));
}

void DemoProgress::Show(const v1::Campaign& campaign,
                        const std::vector<v1::Trial>& trials) {
  const DemoWork work = CountWork(campaign, trials);
  const std::string eta = Eta(work);
  int ended = 0;
  int running = 0;
  for (const v1::Trial& trial : trials) {
    running += trial.state() == v1::Trial::LEASED ? 1 : 0;
    if (!Ended(trial)) continue;
    ++ended;
    if (told_.insert(trial.name()).second && (!terminal_ || started_)) {
      Note(absl::StrFormat(
          "%-7s at %.3g FLOPs: %s%s", ShapeLabel(FromProto(trial.shape())),
          trial.budget_flops(), Ending(trial),
          terminal_ || eta.empty() ? ""
                                   : absl::StrCat("  (time left ", eta, ")")));
    }
  }
  if (!terminal_) return;
  constexpr int kCells = 30;
  const double share =
      work.total > 0 ? (work.done + work.running) / work.total : 0;
  const int full = static_cast<int>(std::clamp(share, 0.0, 1.0) * kCells);
  out_ << "\r\x1b[K[" << std::string(full, '#')
       << std::string(kCells - full, '-') << "] "
       << absl::StrFormat("%3.0f %%  %d trials done, %d running", 100 * share,
                          ended, running)
       << (eta.empty() ? "" : absl::StrCat("  ETA ", eta)) << std::flush;
  bar_shown_ = true;
}

void DemoProgress::Note(const std::string& line) {
  Finish();
  out_ << line << '\n' << std::flush;
}

void DemoProgress::Finish() {
  if (bar_shown_) out_ << "\r\x1b[K" << std::flush;
  bar_shown_ = false;
}

}  // namespace isoshape
