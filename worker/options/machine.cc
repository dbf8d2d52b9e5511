#include "worker/options/machine.h"

#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "common/text/id_text.h"

namespace isoshape {

std::string Hostname() {
  char name[256] = {};
  if (gethostname(name, sizeof name - 1) != 0 || name[0] == '\0') {
    return "localhost";
  }
  return name;
}

std::string DefaultWorkerId() {
  const std::string suffix = absl::StrCat("-", getpid());
  std::string id = Hostname().substr(0, kMaxIdBytes - suffix.size());
  for (char& c : id) {
    if (!IsIdCharacter(c)) c = '-';
  }
  return id + suffix;
}

}  // namespace isoshape
