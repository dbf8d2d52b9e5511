#ifndef ISOSHAPE_SCALING_TABLES_JSON_OUTLINE_H_
#define ISOSHAPE_SCALING_TABLES_JSON_OUTLINE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "scaling/tables/json_events.h"
#include "scaling/tables/row_reader.h"

namespace isoshape {

// An object or list of a JSON text: from its bracket to its end.
struct JsonSpan {
  JsonPlace place = {};
  uint32_t end = 0;
};

// Names by first appearance, where they appeared and their numbers.
class JsonNames {
 public:
  // The number of a name, a new one if need be; -1 if there are too many.
  // `expected` is tried first.
  int Number(absl::string_view name, const Cell& cell, int expected);
  // The same for names that are known; -1 if it is not.
  int Find(absl::string_view name, int expected) const;

  const std::vector<Cell>& cells() const { return cells_; }
  bool full() const { return full_; }

  // A run with more figures is none.
  static constexpr size_t kMaxNames = 65536;

 private:
  std::vector<Cell> cells_;
  std::deque<std::string> texts_;  // that the cells point to
  absl::flat_hash_map<std::string, int> numbers_;
  bool full_ = false;
};

// A list in a JSON text that may be a table of runs.
struct JsonList {
  JsonSpan whole = {};
  std::vector<JsonSpan> objects = {};
  std::vector<JsonSpan> lists = {};
  size_t scalars = 0;
  JsonNames names = {};  // of the objects' values, dotted
};

// A member of the first object of the text that is an object of scalars, as the
// columns or rows of a table are.
struct JsonMember {
  Cell name = {};
  JsonSpan whole = {};
  uint32_t values = 0;
  size_t keys = 0;  // a hash of them in order
};

// The places of the objects and lists of a JSON text, before it is known which
// of them are the runs: a few bytes for each, whatever they hold.
struct JsonOutline {
  JsonList top = {};  // objects that are not in a list
  // Lists of the text, or of its first object, by their dotted name.
  std::map<std::string, JsonList> lists = {};
  // Members of the first object; empty if one of its members is no object of
  // scalars and no list.
  std::vector<JsonMember> members = {};
  // True if the first object has values that are neither objects nor lists.
  bool scalars = false;
  std::deque<std::string> texts = {};  // names of members that have escapes

  // INVALID_ARGUMENT as OpenJsonTable. The outline points into the text.
  absl::Status Read(absl::string_view text, absl::string_view file);
};

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_TABLES_JSON_OUTLINE_H_
