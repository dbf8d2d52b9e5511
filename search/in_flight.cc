#include "search/in_flight.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/counted.h"

namespace isoshape {

InFlight::InFlight(const std::vector<PastTrial>& history, int limit)
    : count_(
          std::count_if(history.begin(), history.end(),
                        [](const PastTrial& trial) { return trial.waits(); })),
      limit_(limit) {}

std::string WaitingText(int64_t trials) {
  return absl::StrCat("waiting for ", Counted(trials, "trial"));
}

}  // namespace isoshape
