#include "worker/machine.h"

#include <unistd.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace isoshape {

std::string Hostname() {
  char name[256] = {};
  if (gethostname(name, sizeof name - 1) != 0 || name[0] == '\0') {
    return "localhost";
  }
  return name;
}

std::string DefaultWorkerId() {
  constexpr size_t kMax = 63;  // bytes of an id
  const std::string suffix = absl::StrCat("-", getpid());
  std::string id = Hostname().substr(0, kMax - suffix.size());
  for (char& c : id) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '_' &&
        c != '-' && c != '.') {
      c = '-';
    }
  }
  return id + suffix;
}

}  // namespace isoshape
