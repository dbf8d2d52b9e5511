#ifndef ISOSHAPE_COMMON_REQUEST_PROCESS_H_
#define ISOSHAPE_COMMON_REQUEST_PROCESS_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/request_id.h"

namespace isoshape {

// Ids of requests of a process that is to be told from others of its name:
// `PROCESS/ID`, where PROCESS is a NewRequestId of its own.
inline std::string NewRequestIdOf(absl::string_view process) {
  return absl::StrCat(process, "/", NewRequestId());
}

// The process of such an id; empty if it names none.
inline absl::string_view ProcessOfRequest(absl::string_view request_id) {
  const size_t slash = request_id.find('/');
  return slash == absl::string_view::npos ? absl::string_view()
                                          : request_id.substr(0, slash);
}

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_REQUEST_PROCESS_H_
