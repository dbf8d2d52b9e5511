#include "scaling/statistics/resampling.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "common/files/hash.h"

namespace isoshape {
namespace {

// The numbers of SplitMix64, one after another.
class SplitMix {
 public:
  explicit SplitMix(uint64_t state) : state_(state) {}
  uint64_t operator()() {
    const uint64_t drawn = SplitMix64(state_);
    state_ += kSplitMixStep;
    return drawn;
  }
  // Uniform in 0..bound - 1; the bias, below bound / 2^32, is of no account.
  uint32_t Below(uint32_t bound) {
    return static_cast<uint32_t>(((*this)() >> 32) * bound >> 32);
  }

 private:
  uint64_t state_;
};

absl::Status CheckLength(const char* name, size_t length, size_t rows) {
  if (length == 0 || length == rows) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrFormat("%d %s for %d rows", length, name, rows));
}

}  // namespace

absl::StatusOr<Resampling> Resampling::CaseBootstrap(
    size_t rows, const ResamplingOptions& options) {
  if (rows == 0) return absl::InvalidArgumentError("no row to draw from");
  if (options.count < 0) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "%d resamples: the number is negative; 4000 is usual", options.count));
  }
  auto status = CheckLength("strata", options.strata.size(), rows);
  status.Update(CheckLength("clusters", options.clusters.size(), rows));
  if (!status.ok()) return status;

  Resampling result;
  result.rows_ = rows;
  result.count_ = options.count;
  result.seed_ = options.seed;
  std::map<int, int> unit_of_cluster;
  std::vector<std::set<double>> strata_of_unit;
  for (size_t i = 0; i < rows; ++i) {
    const int cluster =
        options.clusters.empty() ? static_cast<int>(i) : options.clusters[i];
    const auto [place, added] =
        unit_of_cluster.try_emplace(cluster, result.units());
    if (added) {
      result.units_.emplace_back();
      strata_of_unit.emplace_back();
    }
    result.units_[place->second].push_back(static_cast<int>(i));
    if (!options.strata.empty()) {
      strata_of_unit[place->second].insert(options.strata[i]);
    }
  }
  std::map<std::set<double>, std::vector<int>> strata;
  for (int u = 0; u < result.units(); ++u) {
    strata[strata_of_unit[u]].push_back(u);
  }
  std::vector<int> single;
  for (auto& [key, members] : strata) {
    if (members.size() == 1) {
      single.push_back(members[0]);
    } else {
      result.strata_.push_back(std::move(members));
    }
  }
  if (!single.empty()) result.strata_.push_back(std::move(single));
  return result;
}

absl::StatusOr<Resampling> Resampling::FromText(absl::string_view text,
                                                absl::string_view file,
                                                size_t rows) {
  Resampling result;
  result.rows_ = rows;
  for (size_t i = 0; i < rows; ++i) {
    result.units_.push_back({static_cast<int>(i)});
  }
  constexpr absl::string_view kSeparators = ", \t\r";
  for (int line = 1; !text.empty(); ++line) {
    const size_t end = std::min(text.find('\n'), text.size());
    const absl::string_view content = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    std::vector<int> drawn;
    size_t at = content.find_first_not_of(kSeparators);
    while (at != absl::string_view::npos) {
      const size_t stop =
          std::min(content.find_first_of(kSeparators, at), content.size());
      const absl::string_view word = content.substr(at, stop - at);
      int row = 0;
      if (!absl::SimpleAtoi(word, &row) || row < 0 ||
          static_cast<size_t>(row) >= rows) {
        return absl::InvalidArgumentError(absl::StrFormat(
            "%s:%d:%d: '%s' is not a row number from 0 to %d", file, line,
            at + 1, word, static_cast<int>(rows) - 1));
      }
      drawn.push_back(row);
      at = content.find_first_not_of(kSeparators, stop);
    }
    if (drawn.empty()) continue;
    if (drawn.size() != rows) {
      return absl::InvalidArgumentError(
          absl::StrFormat("%s:%d:1: %d row numbers; a resample of %d rows has "
                          "as many",
                          file, line, drawn.size(), rows));
    }
    result.given_.push_back(std::move(drawn));
  }
  result.count_ = static_cast<int>(result.given_.size());
  if (result.count_ == 0) {
    return absl::FailedPreconditionError(
        absl::StrFormat("%s: there is no resample in it", file));
  }
  return result;
}

std::vector<double> Resampling::Weights(int r) const {
  std::vector<double> weights(rows_, 0);
  if (!given_.empty()) {
    for (const int row : given_[r]) weights[row] += 1;
    return weights;
  }
  // Two rounds, so that neighbouring seeds and resamples are far apart.
  SplitMix draw(SplitMix(seed_)() + static_cast<uint64_t>(r));
  draw = SplitMix(draw());
  // Units are numbered by their first rows, so that a unit of one row is its
  // own row if all are: looking up each unit that is drawn, and then its rows,
  // takes most of the time otherwise.
  const bool single_rows = units_.size() == rows_;
  for (const std::vector<int>& members : strata_) {
    const auto size = static_cast<uint32_t>(members.size());
    if (single_rows) {
      for (uint32_t k = 0; k < size; ++k) {
        weights[members[draw.Below(size)]] += 1;
      }
      continue;
    }
    for (uint32_t k = 0; k < size; ++k) {
      for (const int row : units_[members[draw.Below(size)]]) weights[row] += 1;
    }
  }
  return weights;
}

}  // namespace isoshape
