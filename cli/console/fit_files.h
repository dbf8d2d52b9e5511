#ifndef ISOSHAPE_CLI_CONSOLE_FIT_FILES_H_
#define ISOSHAPE_CLI_CONSOLE_FIT_FILES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "scaling/reports/law_report.h"

namespace isoshape {

// Files for other programs beside a fit or a prediction, CSV with a header.
// Errors name the file; a usage error if there is nothing of the kind.

// Every run beside the law: line, size, tokens, loss, fitted, residual
// (ln measured - ln fitted), weight, used (0 or 1).
absl::Status WriteResiduals(const std::string& path, const LawReport& report);

// A column for each figure and a row for each resample or draw of the
// posterior; blank where the fit failed. Figures without draws have no column,
// nor have those that are not identified, which a note names.
absl::Status WriteDraws(const std::string& path,
                        const std::vector<LawFigure>& figures);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_CONSOLE_FIT_FILES_H_
