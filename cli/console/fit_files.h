#ifndef ISOSHAPE_CLI_CONSOLE_FIT_FILES_H_
#define ISOSHAPE_CLI_CONSOLE_FIT_FILES_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "scaling/reports/law_report.h"

namespace isoshape {

// Files for other programs beside a fit or a prediction, CSV with a header.
// Errors name the file; a usage error if there is nothing of the kind.

// A usage error if a file of `outputs`, each a flag and its path, is the one
// that is read or another of them: it would be overwritten. Empty paths are
// none. PERMISSION_DENIED if one cannot be written.
absl::Status CheckOutputs(
    const std::string& input,
    const std::vector<std::pair<std::string, std::string>>& outputs);

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
