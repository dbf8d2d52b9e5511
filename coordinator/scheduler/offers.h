#ifndef ISOSHAPE_COORDINATOR_SCHEDULER_OFFERS_H_
#define ISOSHAPE_COORDINATOR_SCHEDULER_OFFERS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"

namespace isoshape {

// What became of interest to workers that wait for leases, so that an event
// costs a look at what it changed and not at everything that waits. Not
// thread-safe.
class Offers {
 public:
  // Something that may be granted now and could not before.
  struct Offer {
    std::string campaign{};  // empty: any
    int64_t trial = 0;       // 0: any of the campaign
    std::string worker{};    // not empty: only to this worker
  };

  void Add(Offer offer);
  // How many there have been.
  int64_t count() const { return count_; }
  // There was nothing for the worker among all that there is now.
  void NothingFor(const std::string& worker) { nothing_at_[worker] = count_; }
  // Whether `may_take` holds for an offer that came since NothingFor; true if
  // the worker was never told so, or too long ago to tell. Those looked at are
  // not looked at again if it does not.
  bool AnyFor(const std::string& worker,
              absl::FunctionRef<bool(const Offer&)> may_take);
  void Forget(const std::string& worker) { nothing_at_.erase(worker); }

 private:
  static constexpr size_t kMaxKept = 4096;

  int64_t count_ = 0;
  std::deque<Offer> recent_;  // the last of them
  std::map<std::string, int64_t> nothing_at_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SCHEDULER_OFFERS_H_
