#include "scaling/statistics/pareto_front.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <limits>
#include <random>
#include <vector>

namespace isoshape {
namespace {

using Rows = std::vector<std::vector<double>>;
using Front = std::vector<bool>;
constexpr double kUnknown = std::numeric_limits<double>::infinity();

TEST(ParetoFront, HasWhatNoOtherIsAsGoodAsInAll) {
  EXPECT_EQ(ParetoFront({}), Front());
  EXPECT_EQ(ParetoFront({{3, 1}, {1, 3}, {2, 2}, {3, 2}, {2, 2}}),
            (Front{true, true, true, false, false}));
  EXPECT_EQ(ParetoFront({{1, kUnknown}, {2, kUnknown}, {3, 5}}),
            (Front{true, false, true}));
}

// Against all pairs.
TEST(ParetoFront, AgreesWithItsDefinition) {
  std::mt19937 rng(1);
  for (int round = 0; round < 50; ++round) {
    Rows rows(1 + rng() % 60, std::vector<double>(1 + rng() % 4));
    for (auto& row : rows) {
      row.resize(rows[0].size());
      for (double& value : row) value = static_cast<double>(rng() % 6);
    }
    const Front front = ParetoFront(rows);
    for (size_t i = 0; i < rows.size(); ++i) {
      bool beaten = false;
      for (size_t j = 0; j < rows.size(); ++j) {
        bool as_good = true;
        for (size_t k = 0; k < rows[i].size(); ++k) {
          as_good = as_good && rows[j][k] <= rows[i][k];
        }
        beaten = beaten || (as_good && (rows[j] != rows[i] || j < i));
      }
      EXPECT_EQ(front[i], !beaten) << i;
    }
  }
}

}  // namespace
}  // namespace isoshape
