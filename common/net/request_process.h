#ifndef ISOSHAPE_COMMON_NET_REQUEST_PROCESS_H_
#define ISOSHAPE_COMMON_NET_REQUEST_PROCESS_H_

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/net/request_id.h"

namespace isoshape {

// Ids of requests of a process that is to be told from others of its name:
// `PROCESS/ID`, where PROCESS is a NewRequestId of its own.
inline std::string NewRequestIdOf(absl::string_view process) {
  return absl::StrCat(process, "/", NewRequestId());
}

// The process of such an id; empty if it names none. Ids of other clients may
// have slashes, but not after 32 hexadecimal digits.
inline absl::string_view ProcessOfRequest(absl::string_view request_id) {
  constexpr size_t kDigits = 32;
  if (request_id.size() <= kDigits || request_id[kDigits] != '/') return {};
  const absl::string_view process = request_id.substr(0, kDigits);
  for (const char c : process) {
    if (!absl::ascii_isxdigit(static_cast<unsigned char>(c))) return {};
  }
  return process;
}

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_NET_REQUEST_PROCESS_H_
