#ifndef ISOSHAPE_CLI_COMMANDS_ANSWERS_REPORT_OF_FILE_H_
#define ISOSHAPE_CLI_COMMANDS_ANSWERS_REPORT_OF_FILE_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "cli/flags/run_table_flags.h"
#include "report/report_data.h"

namespace isoshape {

// What a report says of the runs of a file, without a coordinator: the laws of
// `fit --input`, the prediction of `predict --input` at `target_flops` (0: a
// few times the largest run) and the figures of `plot --input`. `size` is the
// flag --size. Errors of ReadRunTable and SizedRuns; what the runs do not allow
// is told in the report.
absl::StatusOr<ReportData> ReportDataOfFile(
    const RunTableFlags& flags, const std::optional<std::string>& size,
    double target_flops);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_COMMANDS_ANSWERS_REPORT_OF_FILE_H_
