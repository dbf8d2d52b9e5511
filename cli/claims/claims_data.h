#ifndef ISOSHAPE_CLI_CLAIMS_CLAIMS_DATA_H_
#define ISOSHAPE_CLI_CLAIMS_CLAIMS_DATA_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace isoshape {

// The needs of the dataset of a claim's campaign on this machine: `text` is the
// text that --data names, `text-64k` its first 64 KiB, `text-by-2` the text on
// a worker whose trainer shares every run among 2 processes.
struct ClaimData {
  bool is_text = false;   // else a generated task, or data that others have
  int64_t kibibytes = 0;  // 0: all of it
  int processes = 1;
};
ClaimData ClaimDataOf(const std::string& dataset);

// Writes the first bytes of a text, a file or the files below a folder in the
// order of their paths, to a file of `directory` and returns its path.
// INVALID_ARGUMENT if there are not so many.
absl::StatusOr<std::string> WriteSlice(const std::string& text,
                                       int64_t kibibytes,
                                       const std::string& directory);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_CLAIMS_CLAIMS_DATA_H_
