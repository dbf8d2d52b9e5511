#ifndef ISOSHAPE_STORAGE_SQLITE_NEWEST_ROWS_H_
#define ISOSHAPE_STORAGE_SQLITE_NEWEST_ROWS_H_

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "storage/store.h"

namespace isoshape {

// Spares commits that are applied in one transaction what none of its readers
// can see: a trial that reports ten times between two of them is one row, which
// each report puts as a whole. The row is written once, as the last change has
// it, in the place of the first, so that what refers to it finds it. Borrows
// the commits.
class NewestRows {
 public:
  // The next commit, in order. None of them deletes a campaign: a row could be
  // of the one before it.
  void Add(const std::vector<Mutation>& commit);

  // What is to be applied where `mutation` of these commits stands; null if
  // that was applied before. To be called once for each, in order.
  const Mutation* Take(const Mutation& mutation);

 private:
  using Row = std::pair<size_t, absl::string_view>;  // its kind and name

  // That which a change writes as a whole, whatever it was.
  static std::optional<Row> RowOf(const Mutation& mutation);

  absl::flat_hash_map<Row, const Mutation*> newest_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_SQLITE_NEWEST_ROWS_H_
