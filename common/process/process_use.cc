#include "common/process/process_use.h"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"

namespace isoshape {
namespace {

// Fields of /proc/PID/stat behind the name, counted from 1.
constexpr int kUserTime = 12, kSystemTime = 13, kPages = 22;

int64_t WrittenBytes(pid_t process) {
  std::ifstream file(absl::StrCat("/proc/", process, "/io"));
  std::string name;
  int64_t bytes = 0;
  while (file >> name >> bytes) {
    if (name == "write_bytes:") return bytes;
  }
  return 0;
}

}  // namespace

std::optional<ProcessUse> UseOf(pid_t process) {
  std::ifstream file(absl::StrCat("/proc/", process, "/stat"));
  std::string text;
  std::getline(file, text);
  // The name, in brackets, may hold anything.
  const size_t name_end = text.rfind(')');
  if (process == 0 || name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(name_end + 1));
  ProcessUse use;
  std::string field;
  for (int number = 1; fields >> field; ++number) {
    if (number == kUserTime || number == kSystemTime) {
      use.cpu_seconds +=
          std::stod(field) / static_cast<double>(sysconf(_SC_CLK_TCK));
    } else if (number == kPages) {
      use.resident_bytes = std::stoll(field) * sysconf(_SC_PAGESIZE);
    }
  }
  use.written_bytes = WrittenBytes(process);
  return use;
}

}  // namespace isoshape
