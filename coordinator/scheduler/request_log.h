#ifndef ISOSHAPE_COORDINATOR_SCHEDULER_REQUEST_LOG_H_
#define ISOSHAPE_COORDINATOR_SCHEDULER_REQUEST_LOG_H_

#include <google/protobuf/message.h>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/status/status_macros.h"
#include "storage/store.h"

namespace isoshape {

// Remembers answers to mutating requests, but for reports of measurements, so
// that a request that is sent again (same method, same request_id) gets the
// answer it got before. Answers of operations that are not committed yet are
// held here, older ones are read from the store. Only what succeeded is kept: a
// request that failed changed nothing. Every request has a field request_id;
// one that leaves it empty is never remembered. Not thread-safe; borrows the
// store.
class RequestLog {
 public:
  explicit RequestLog(Store* store) : store_(store) {}

  // The kept answer, or nothing. INVALID_ARGUMENT if the id is too long or was
  // used for a request of other content (AIP-155). Errors of the store;
  // DATA_LOSS if what it kept is no such answer.
  template <typename Response>
  absl::StatusOr<std::optional<Response>> Find(
      const google::protobuf::Message& request) {
    ISOSHAPE_ASSIGN_OR_RETURN(const std::optional<std::string> kept,
                              FindSerialized(request));
    if (!kept.has_value()) return std::nullopt;
    Response response;
    if (!response.ParseFromString(*kept)) {
      return absl::DataLossError(
          "the kept answer to this request cannot be read: the database is "
          "damaged");
    }
    return response;
  }

  void Keep(const google::protobuf::Message& request,
            const google::protobuf::Message& response, absl::Time time);

  // The answers that were remembered since the last call, to be stored.
  std::vector<PutRequest> Take();

 private:
  absl::StatusOr<std::optional<std::string>> FindSerialized(
      const google::protobuf::Message& request);

  Store* const store_;
  std::map<std::pair<std::string, std::string>, PutRequest> fresh_;
};

// INVALID_ARGUMENT if a request_id is too long.
absl::Status CheckRequestId(absl::string_view request_id);

// Identifies a request's content, its `request_id` and `wait` left out: a
// length and a 64-bit FNV-1a hash, equal over machines and versions.
std::string RequestFingerprint(const google::protobuf::Message& request);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SCHEDULER_REQUEST_LOG_H_
