#ifndef ISOSHAPE_CLI_COMMANDS_TRAINING_TRAIN_CHOICE_H_
#define ISOSHAPE_CLI_COMMANDS_TRAINING_TRAIN_CHOICE_H_

#include <string>

#include "absl/status/statusor.h"
#include "cli/console/client.h"
#include "isoshape/v1/campaign.pb.h"
#include "shape/shape.h"

namespace isoshape {

// The choice of the shape of a campaign that `isoshape train` is to train: one
// of the three.
struct ShapeQuestion {
  bool best = false;       // of the largest budget, or of `budget`
  bool predicted = false;  // for `target`, or the campaign's target
  std::string shape;       // DEPTHxWIDTH, with `budget` or the largest one
  double target = 0;       // FLOPs; 0: not said
  double budget = 0;       // FLOPs; 0: not said
  std::string variant;     // whose trials say it; empty: base
};

// The shape that is to be trained, and what the campaign says of it.
struct ChosenShape {
  Shape shape;
  double budget = 0;
  std::string source;       // `best of 9e11 FLOPs`
  std::string expectation;  // of its loss; empty: none
  std::string fingerprint;  // of the data that it was measured on
};

// A usage error if the shape is none; else the coordinator's errors.
absl::StatusOr<ChosenShape> ChooseShape(Client& client,
                                        const v1::Campaign& campaign,
                                        const ShapeQuestion& question);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_COMMANDS_TRAINING_TRAIN_CHOICE_H_
