#include "coordinator/scheduler/worker_version.h"

#include <cstddef>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/text/one_line.h"

namespace isoshape {
namespace {

constexpr size_t kMaxEchoed = 64;  // bytes of a version

// `0.10.2` as {0, 10, 2}.
std::optional<std::vector<int>> ReadVersion(absl::string_view text) {
  std::vector<int> numbers;
  for (const absl::string_view part : absl::StrSplit(text, '.')) {
    int number = 0;
    if (!absl::SimpleAtoi(part, &number) || number < 0) return std::nullopt;
    numbers.push_back(number);
  }
  if (numbers.size() != 3) return std::nullopt;
  return numbers;
}

}  // namespace

std::string OwnVersion() { return ISOSHAPE_VERSION; }

absl::StatusOr<std::string> CompareWorkerVersion(absl::string_view program,
                                                 absl::string_view own) {
  const std::vector<absl::string_view> words = absl::StrSplit(program, ' ');
  const auto ours = ReadVersion(own);
  const auto theirs = ReadVersion(words.back());
  const bool known = words.size() == 2 && words[0].substr(0, 9) == "isoshape-";
  if (!known || !theirs.has_value() || !ours.has_value() || *theirs == *ours) {
    return "";
  }
  const bool older = *theirs < *ours;
  std::string note = absl::StrCat(
      OneLine(program, kMaxEchoed), " is ", older ? "older" : "newer",
      " than this coordinator, ", own, ": ",
      older ? ""
            : absl::StrCat("upgrade the coordinator to ",
                           OneLine(words[1], kMaxEchoed), ", or "),
      "install isoshape ", own, " where the worker runs, and start it again");
  if (theirs->front() == ours->front()) return note;
  return absl::FailedPreconditionError(note);
}

}  // namespace isoshape
