#include "access/caller.h"

#include "absl/strings/str_cat.h"
#include "common/host_port.h"
#include "common/one_line.h"

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
  return OneLine(name, kMaxBytes);
}

}  // namespace isoshape
