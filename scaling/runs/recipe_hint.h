#ifndef ISOSHAPE_SCALING_RUNS_RECIPE_HINT_H_
#define ISOSHAPE_SCALING_RUNS_RECIPE_HINT_H_

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "scaling/tables/row_reader.h"

namespace isoshape {

// Looks in the columns of a file that nobody reads for one that tells recipes
// apart: a fit of runs of several recipes together is of none of them. Such a
// column holds a few texts that are no numbers, each in several rows, of which
// two have runs of one size.
class RecipeHint {
 public:
  // A hint that looks at no column.
  RecipeHint() = default;
  // `taken` are the places of the columns that are read; `of_size` one of them
  // in which rows of one size are equal.
  RecipeHint(const std::vector<Cell>& header, const std::vector<size_t>& taken,
             size_t of_size);

  // The places of the columns to be looked at in the next row.
  const std::vector<size_t>& places() const { return places_; }
  void Add(const Row& row);
  // One line that names the first such column and how to take its recipes one
  // by one, or empty.
  std::string Note() const;

 private:
  // What is known of the rows that have one text in a column.
  struct Kind {
    int rows = 0;
    std::set<absl::string_view> sizes = {};
  };
  struct Column {
    std::string name;
    std::map<absl::string_view, Kind> kinds = {};
  };

  size_t of_size_ = 0;
  std::vector<size_t> places_;
  std::vector<Column> columns_;  // of the places
};

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_RUNS_RECIPE_HINT_H_
