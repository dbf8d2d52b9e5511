#include "access/caller.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/files/sha256.h"
#include "common/net/host_port.h"
#include "common/text/one_line.h"

namespace isoshape {
namespace {

constexpr size_t kMaxBytes = 200;

}  // namespace

std::string CallerName(const Caller& caller) {
  std::string name = "local";
  if (!caller.token.empty()) {
    name = absl::StrCat("token:", caller.token);
  } else if (!caller.subject.empty()) {
    name = absl::StrCat("certificate:", caller.subject);
  } else if (!caller.address.empty() && !IsLoopbackHost(caller.address)) {
    name = absl::StrCat("address:", caller.address);
  }
  std::string line = OneLine(name, kMaxBytes);
  if (name.size() <= kMaxBytes && line.size() < kMaxBytes) return line;
  // What was cut tells one caller from another too.
  constexpr size_t kHashBytes = 4;
  const std::string hash =
      absl::BytesToHexString(Sha256(name).substr(0, kHashBytes));
  return absl::StrCat(OneLine(name, kMaxBytes - hash.size()), hash);
}

}  // namespace isoshape
