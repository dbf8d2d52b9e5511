#ifndef ISOSHAPE_SCALING_TABLES_COLUMN_NAMES_H_
#define ISOSHAPE_SCALING_TABLES_COLUMN_NAMES_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "scaling/tables/row_reader.h"
#include "scaling/tables/run_format.h"

namespace isoshape {

// The place at which a file has a column of runs.
struct FoundColumn {
  size_t place = 0;       // in the header
  std::string name = {};  // as the header has it
  double unit = 1;        // that the name says: 1e6 of `params (M)`
  std::string unit_word = {};
};

// The names by which a column is known besides its own, lower case with `_`
// between words: `n_params`, `d_model`. docs/runs.md lists them.
const std::vector<std::string>& KnownNames(RunColumn column);

// Finds a column in the header. By the name given: it must be there, if need be
// in another case. Without: the column of the default name; else that name in
// another case; else a known name, whatever its case and whatever separates its
// words, also in camel case, with a unit after it (`tokens (B)`), as W&B's
// charts have it (`run - val/loss`); else one behind a prefix of an export
// (`config.n_params`, `metrics.val_loss`, of Optuna `params_n_layers`,
// `user_attrs_tokens`). N, D and C are known as such. The loss of a study of
// Optuna that names none is its `value`.
//
// Absent if there is none. INVALID_ARGUMENT with `file:line:column:` if the
// name given is not there, or if two columns are equally good, with both names
// and the flag that chooses.
absl::StatusOr<std::optional<FoundColumn>> FindColumn(
    const std::vector<Cell>& header, absl::string_view file, RunColumn column,
    const std::optional<std::string>& given);

// The place of the column that says how a run ended, `state` or `status`, also
// behind a prefix of an export.
std::optional<size_t> FindStatus(const std::vector<Cell>& header);

// The place of the column of that name, exactly or else in another case.
// INVALID_ARGUMENT if there is none or a second one; `flag` says how to name
// another: `--column loss=NAME`.
absl::StatusOr<size_t> FindNamed(const std::vector<Cell>& header,
                                 absl::string_view file,
                                 const std::string& name,
                                 absl::string_view flag);

// The error that no column has this name: what there is and which flag names
// one.
absl::Status NoColumn(const std::vector<Cell>& header, absl::string_view file,
                      const std::string& name, absl::string_view flag);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_TABLES_COLUMN_NAMES_H_
