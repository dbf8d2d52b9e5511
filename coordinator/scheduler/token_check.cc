#include "coordinator/scheduler/token_check.h"

#include "absl/strings/str_cat.h"
#include "messages/json/enum_name.h"

namespace isoshape {

absl::Status CheckToken(const v1::Trial& trial, absl::string_view worker,
                        int64_t fencing_token) {
  if (trial.state() != v1::Trial::LEASED) {
    return absl::FailedPreconditionError(
        absl::StrCat("trial ", trial.name(), " is ", EnumName(trial.state()),
                     " and nobody holds a lease on it; drop it"));
  }
  if (trial.fencing_token() != fencing_token) {
    return absl::FailedPreconditionError(absl::StrCat(
        "fencing token ", fencing_token, " of trial ", trial.name(),
        " is not the newest: the lease was lost; drop the trial"));
  }
  if (trial.worker() != worker) {
    return absl::FailedPreconditionError(
        absl::StrCat("trial ", trial.name(), " is leased to ", trial.worker(),
                     ", not to ", worker, "; drop it"));
  }
  return absl::OkStatus();
}

}  // namespace isoshape
