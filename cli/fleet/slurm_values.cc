#include "cli/fleet/slurm_values.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/console/command.h"
#include "common/text/one_line.h"

namespace isoshape {
namespace {

constexpr int64_t kMaxTasks = 4'000'000;  // Slurm's own limit of MaxArraySize
// deploy/slurm/worker.sbatch asks for a warning 90 s before the end.
constexpr int64_t kMinSeconds = 120;

bool ReadCount(absl::string_view text, int64_t most, int64_t* number) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return absl::ascii_isdigit(c); }) &&
         absl::SimpleAtoi(text, number) && *number <= most;
}

// How many tasks `7`, `0-63` or `0-63:4` names; 0 if it is none of them.
int64_t TasksOf(absl::string_view range) {
  const std::vector<absl::string_view> stepped = absl::StrSplit(range, ':');
  const std::vector<absl::string_view> ends = absl::StrSplit(stepped[0], '-');
  int64_t first = 0;
  int64_t last = 0;
  int64_t step = 1;
  if (stepped.size() > 2 || ends.size() > 2 ||
      !ReadCount(ends.front(), kMaxTasks, &first) ||
      !ReadCount(ends.back(), kMaxTasks, &last) || last < first) {
    return 0;
  }
  if (stepped.size() == 2 &&
      (ends.size() < 2 || !ReadCount(stepped[1], kMaxTasks, &step))) {
    return 0;
  }
  return step < 1 ? 0 : (last - first) / step + 1;
}

}  // namespace

absl::StatusOr<std::string> SbatchLine(absl::string_view name,
                                       absl::string_view value) {
  if (std::any_of(value.begin(), value.end(), [](unsigned char letter) {
        return absl::ascii_iscntrl(letter) || letter == '"' || letter == '\\';
      })) {
    return UsageError(absl::StrCat(
        "--", name, " '", OneLine(value),
        "': sbatch takes no quotes, backslashes and ends of lines there; "
        "leave them out"));
  }
  if (value.empty()) return absl::StrCat("#SBATCH --", name, "\n");
  const bool plain =
      std::all_of(value.begin(), value.end(), [](unsigned char letter) {
        return absl::ascii_isalnum(letter) ||
               absl::StrContains("@%+=:,./-_", static_cast<char>(letter));
      });
  return absl::StrCat("#SBATCH --", name, "=", plain ? "" : "\"", value,
                      plain ? "" : "\"", "\n");
}

absl::StatusOr<int64_t> CountTasks(const std::string& array) {
  const std::vector<absl::string_view> parts = absl::StrSplit(array, '%');
  int64_t at_a_time = 1;
  int64_t tasks = 0;
  bool good = parts.size() <= 2 &&
              (parts.size() == 1 || ReadCount(parts[1], kMaxTasks, &at_a_time));
  for (const absl::string_view range : absl::StrSplit(parts[0], ',')) {
    const int64_t count = TasksOf(range);
    good = good && count > 0;
    tasks += count;
  }
  if (good && at_a_time > 0) return tasks;
  return UsageError(absl::StrCat(
      "--array '", OneLine(array),
      "' is no list of tasks; give for example 0-63, 0-63%32 (32 at a time) or "
      "1,3,5"));
}

absl::StatusOr<NodeGpus> ReadGpus(const std::string& text) {
  const size_t colon = text.rfind(':');
  NodeGpus gpus;
  if (colon != std::string::npos) gpus.type = text.substr(0, colon);
  const bool named =
      colon == std::string::npos ||
      (!gpus.type.empty() &&
       std::all_of(gpus.type.begin(), gpus.type.end(), [](unsigned char c) {
         return absl::ascii_isalnum(c) ||
                absl::StrContains("._-", static_cast<char>(c));
       }));
  const absl::string_view count = absl::string_view(text).substr(
      colon == std::string::npos ? 0 : colon + 1);
  if (named && ReadCount(count, 1024, &gpus.count)) return gpus;
  return UsageError(absl::StrCat(
      "--gpus-per-node '", OneLine(text),
      "' is no number of GPUs; give for example 8, a100:8, or 0 for CPUs"));
}

absl::Status CheckTimeLimit(const std::string& text) {
  int64_t days = 0;
  absl::string_view clock = text;
  bool good = true;
  if (const size_t dash = clock.find('-'); dash != absl::string_view::npos) {
    good = ReadCount(clock.substr(0, dash), 10'000, &days);
    clock.remove_prefix(dash + 1);
  }
  const std::vector<absl::string_view> parts = absl::StrSplit(clock, ':');
  int64_t hours = 0;
  int64_t minutes = 0;
  int64_t seconds = 0;
  good = good && parts.size() == 3 && ReadCount(parts[0], 100'000, &hours) &&
         ReadCount(parts[1], 59, &minutes) && ReadCount(parts[2], 59, &seconds);
  if (!good) {
    return UsageError(absl::StrCat(
        "--time '", OneLine(text),
        "' is no time limit; give HH:MM:SS or D-HH:MM:SS, such as 08:00:00"));
  }
  if (((days * 24 + hours) * 60 + minutes) * 60 + seconds < kMinSeconds) {
    return UsageError(absl::StrCat(
        "--time ", text,
        " is over before a worker has done anything, since it is warned 90 s "
        "or more before the end; give at least 00:02:00"));
  }
  return absl::OkStatus();
}

}  // namespace isoshape
