#ifndef ISOSHAPE_SEARCH_IN_FLIGHT_H_
#define ISOSHAPE_SEARCH_IN_FLIGHT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "search/interface.h"

namespace isoshape {

// The trials of the history that wait or run.
int64_t CountWaiting(const std::vector<PastTrial>& history);

// The trials that wait or run while a search adds to them, at most `limit`.
class InFlight {
 public:
  InFlight(const std::vector<PastTrial>& history, int limit);

  // True if so many more may be added. All seeds of a shape are wanted at once;
  // if none is in flight any number may, or a shape of more seeds than the
  // limit would never be trained.
  bool HasRoom(int64_t trials) const {
    return count_ == 0 || count_ + trials <= limit_;
  }
  void Add(int64_t trials) { count_ += trials; }

  int64_t count() const { return count_; }

 private:
  int64_t count_ = 0;
  int64_t limit_;
};

// `waiting for 3 trials`, of the note of a search.
std::string WaitingText(int64_t trials);

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_IN_FLIGHT_H_
