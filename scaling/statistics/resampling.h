#ifndef ISOSHAPE_SCALING_STATISTICS_RESAMPLING_H_
#define ISOSHAPE_SCALING_STATISTICS_RESAMPLING_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace isoshape {

struct ResamplingOptions {
  int count = 4000;
  uint64_t seed = 0;
  // By row, or empty. Each stratum keeps its number of units in every resample.
  std::vector<double> strata = {};  // such as the budget
  // Rows of one cluster are one unit: drawn, and left out, together.
  std::vector<int> clusters = {};  // such as RunClusters(runs)
};

// Resamples of the rows of a table by the case bootstrap (Efron 1979). One
// Resampling serves everything that is derived from a table, so that figures of
// the same resample belong together. Resample r depends on the seed and r alone
// (any thread may compute any of them). Immutable after construction; safe to
// share.
//
//   auto resampling = Resampling::CaseBootstrap(runs.rows(),
//       {.strata = runs.budget, .clusters = RunClusters(runs)});
//   for (int r = 0; r < resampling->count(); ++r) {
//     Fit(runs, resampling->Weights(r));
//   }
class Resampling {
 public:
  // A cluster belongs to the stratum of the strata that its rows are in;
  // strata of a single unit, which could not vary, are drawn together.
  // INVALID_ARGUMENT if there is no row, count is negative, or strata or
  // clusters are of another length.
  static absl::StatusOr<Resampling> CaseBootstrap(
      size_t rows, const ResamplingOptions& options);

  // One resample a line: row numbers from 0, separated by commas or blanks, as
  // many as there are rows. Units are single rows. INVALID_ARGUMENT with
  // `file:line:column:` if a number is not that of a row, or if there are too
  // many or too few; FAILED_PRECONDITION if there is no line.
  static absl::StatusOr<Resampling> FromText(absl::string_view text,
                                             absl::string_view file,
                                             size_t rows);

  size_t rows() const { return rows_; }
  int count() const { return count_; }

  // How often resample r, 0 <= r < count(), holds each row.
  std::vector<double> Weights(int r) const;

  // For the jackknife: what is left out together.
  int units() const { return static_cast<int>(units_.size()); }
  const std::vector<int>& unit(int u) const { return units_[u]; }

 private:
  size_t rows_ = 0;
  int count_ = 0;
  uint64_t seed_ = 0;
  std::vector<std::vector<int>> units_;   // rows of each
  std::vector<std::vector<int>> strata_;  // units of each
  std::vector<std::vector<int>> given_;   // rows of each resample; FromText
};

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_STATISTICS_RESAMPLING_H_
