#ifndef ISOSHAPE_TRAINER_RUN_BRANCH_POINT_H_
#define ISOSHAPE_TRAINER_RUN_BRANCH_POINT_H_

#include <cstdint>

namespace isoshape {

// What a cooldown in the middle of a run came to; fields and units as of
// BranchPoint in proto/isoshape/v1/trial.proto.
struct BranchPoint {
  int64_t steps = 0;
  int64_t tokens = 0;
  double flops = 0;
  double added_flops = 0;
  double validation_loss = 0;
  double validation_loss_stderr = 0;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_RUN_BRANCH_POINT_H_
