#ifndef ISOSHAPE_CLI_CONSOLE_WORKER_ARGUMENT_H_
#define ISOSHAPE_CLI_CONSOLE_WORKER_ARGUMENT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "cli/console/command.h"
#include "messages/names/resource_name.h"

namespace isoshape {

// `w1` or `workers/w1` -> `workers/w1`; a usage error if it is neither.
inline absl::StatusOr<std::string> WorkerArgument(absl::string_view text) {
  std::string name =
      absl::StrCat("workers/", absl::StripPrefix(text, "workers/"));
  if (const absl::Status status = CheckWorkerName(name); !status.ok()) {
    return UsageError(status.message());
  }
  return name;
}

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_CONSOLE_WORKER_ARGUMENT_H_
