#ifndef ISOSHAPE_SCALING_RUNS_JSON_EVENTS_H_
#define ISOSHAPE_SCALING_RUNS_JSON_EVENTS_H_

#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "scaling/runs/row_reader.h"

namespace isoshape {

// What JsonTable::Read collects of a JSON text, before it is known which of it
// are the rows.
struct JsonTable {
  // A value and the number of its name in `names`.
  using Value = std::pair<int, Cell>;
  struct Object {
    absl::string_view whole = {};
    int line = 0;
    size_t begin = 0, end = 0;  // its values
  };

  std::vector<Cell> names = {};  // by first appearance, dotted
  std::vector<Value> values = {};
  std::vector<Object> top = {};  // objects that are not in a list
  // Objects of the lists, by the dotted name of the list.
  std::map<std::string, std::vector<Object>> lists = {};
  std::deque<std::string> texts = {};  // that the cells point to

  // Reads all values of `text`. INVALID_ARGUMENT as OpenJsonRows.
  absl::Status Read(absl::string_view text, absl::string_view file);
};

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_RUNS_JSON_EVENTS_H_
