#include "cli/demo/demo_progress.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/demo/demo_campaign.h"
#include "cli/output/format.h"
#include "messages/json/enum_name.h"
#include "messages/shape/shape_proto.h"
#include "messages/trial/measured_points.h"
#include "shape/shape.h"

namespace isoshape {
namespace {

std::string Ending(const v1::Trial& trial) {
  if (trial.state() == v1::Trial::SUCCEEDED) {
    return absl::StrCat(FormatLoss(trial.shape_card().validation_loss()),
                        " nats/byte");
  }
  return absl::StrCat(EnumName(trial.state()), ": ", trial.error());
}

}  // namespace

double FlopsToCome(const v1::Campaign& campaign,
                   const std::vector<v1::Trial>& trials) {
  const double target = campaign.target_flops();
  double planned = 0;
  bool checked = false;
  for (const v1::Trial& trial : trials) {
    planned += PlannedFlops(trial);
    checked = checked || trial.budget_flops() == target;
  }
  const double check = checked ? 0 : target * kVerificationSeeds;
  return check + FlopsToPropose(campaign, planned);
}

void DemoProgress::Show(const v1::Campaign& campaign,
                        const std::vector<v1::Trial>& trials, absl::Time now) {
  std::vector<const v1::Trial*> ended;
  for (const v1::Trial& trial : trials) {
    const bool had_ended = progress_.HasEnded(trial.name());
    progress_.Update(trial);
    if (!had_ended && progress_.HasEnded(trial.name())) {
      ended.push_back(&trial);
    }
  }
  progress_.Expect(FlopsToCome(campaign, trials));
  if (!started_) {
    started_ = true;
    progress_.Start(now);
  }
  const auto remaining = progress_.Remaining(now);
  for (const v1::Trial* trial : ended) {
    Note(absl::StrFormat(
        "%-7s at %s FLOPs: %s%s", ShapeLabel(FromProto(trial->shape())),
        FormatFlops(trial->budget_flops()), Ending(*trial),
        terminal_ || !remaining.has_value()
            ? ""
            : absl::StrCat("  (time left ", DurationText(*remaining), ")")));
  }
  if (terminal_) bar_.Draw(progress_.Line(now, ProgressLine::Columns()));
}

void DemoProgress::Note(const std::string& line) {
  bar_.Clear();
  out_ << line << '\n' << std::flush;
}

}  // namespace isoshape
