#include "search/in_flight.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/text/counted.h"

namespace isoshape {

int64_t CountWaiting(const std::vector<PastTrial>& history) {
  return std::count_if(history.begin(), history.end(),
                       [](const PastTrial& trial) { return trial.waits(); });
}

InFlight::InFlight(const std::vector<PastTrial>& history, int limit)
    : count_(CountWaiting(history)), limit_(limit) {}

std::string WaitingText(int64_t trials) {
  return absl::StrCat("waiting for ", Counted(trials, "trial"));
}

}  // namespace isoshape
