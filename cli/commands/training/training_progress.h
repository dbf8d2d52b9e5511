#ifndef ISOSHAPE_CLI_COMMANDS_TRAINING_TRAINING_PROGRESS_H_
#define ISOSHAPE_CLI_COMMANDS_TRAINING_TRAINING_PROGRESS_H_

#include <unistd.h>

#include <cstdint>
#include <iostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "cli/output/format.h"
#include "cli/output/progress.h"
#include "worker/trainer/trainer_line.h"

namespace isoshape {

// How far the run is, in one line: drawn in place on a terminal. Not
// thread-safe.
class TrainingProgress {
 public:
  // Begins the progress of a run of `steps` steps.
  explicit TrainingProgress(int64_t steps)
      : steps_(steps), start_(absl::Now()), line_(std::cerr) {}

  void Take(const TrainerLine& line) {
    if (line.type != TrainerLine::Type::kMeasurement ||
        isatty(STDERR_FILENO) == 0) {
      return;
    }
    const int64_t step = line.measurement.step();
    if (first_ == 0) first_ = step;
    std::string text = absl::StrCat("step ", step, " of ", steps_);
    if (line.measurement.has_train_loss()) {
      absl::StrAppend(&text, ", loss ",
                      FormatLoss(line.measurement.train_loss()));
    }
    if (step > first_) {
      absl::StrAppend(&text, ", ETA ",
                      DurationText((absl::Now() - start_) *
                                   (static_cast<double>(steps_ - step) /
                                    static_cast<double>(step - first_))));
    }
    line_.Draw(text);
  }
  void Clear() { line_.Clear(); }

 private:
  const int64_t steps_;
  const absl::Time start_;
  int64_t first_ = 0;  // after a checkpoint, not the first of all
  ProgressLine line_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_COMMANDS_TRAINING_TRAINING_PROGRESS_H_
