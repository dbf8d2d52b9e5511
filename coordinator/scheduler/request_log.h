#ifndef ISOSHAPE_COORDINATOR_SCHEDULER_REQUEST_LOG_H_
#define ISOSHAPE_COORDINATOR_SCHEDULER_REQUEST_LOG_H_

#include <google/protobuf/message.h>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/store.h"

namespace isoshape {

// Remembers answers to mutating requests, so that a request that is sent again
// (same method, same request_id) gets the answer it got before. Answers of
// operations that are not committed yet are held here, older ones are read from
// the store. Only what succeeded is kept: a request that failed changed
// nothing. Not thread-safe; borrows the store.
class RequestLog {
 public:
  explicit RequestLog(Store* store) : store_(store) {}

  // The kept answer, serialized, or nothing. INVALID_ARGUMENT where the id was
  // used for a request of other content (AIP-155). Errors of the store.
  absl::StatusOr<std::optional<std::string>> Find(
      const std::string& method, const std::string& request_id,
      const std::string& fingerprint);

  void Keep(const std::string& method, const std::string& request_id,
            const std::string& fingerprint, std::string response,
            absl::Time time);

  // What was kept since the last call, for the store.
  std::vector<PutRequest> Take();

 private:
  Store* const store_;
  std::map<std::pair<std::string, std::string>, PutRequest> fresh_;
};

// Identifies a request's content, its `request_id` and `wait` left out: a
// length and a 64-bit FNV-1a hash, equal over machines and versions.
std::string RequestFingerprint(const google::protobuf::Message& request);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SCHEDULER_REQUEST_LOG_H_
