#ifndef ISOSHAPE_SCALING_RUNS_RUN_STATUS_H_
#define ISOSHAPE_SCALING_RUNS_RUN_STATUS_H_

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "scaling/tables/row_reader.h"

namespace isoshape {

// What a tracker's export says of how each run ended (`state`, `status`). A run
// that did not come to its end has a loss of another schedule: one that still
// runs, waits or was pruned is left out; of one that failed, crashed or was
// killed nobody knows, so that it is used with a note.
class RunStatus {
 public:
  // Finds the column; there may be none.
  explicit RunStatus(const std::vector<Cell>& header);

  // Its place, to be looked at in each row.
  std::optional<size_t> place() const { return place_; }
  // Counts a row that has a loss; false if it is to be left out.
  bool Keeps(const Row& row);
  // A line each, none if there is nothing to say.
  std::vector<std::string> Notes() const;

 private:
  // Rows by the text that they hold.
  using Lines = std::map<std::string, std::vector<int>>;

  std::optional<size_t> place_;
  std::string name_;
  Lines unfinished_;
  Lines broken_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_RUNS_RUN_STATUS_H_
