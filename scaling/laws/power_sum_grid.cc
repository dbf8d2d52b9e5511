#include "scaling/laws/power_sum_grid.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>

#include "scaling/statistics/non_negative.h"

namespace isoshape {
namespace {

// Published exponents lie in 0.15..0.75; steps are equal in their logarithm.
constexpr double kMinExponent = 0.05;
constexpr double kMaxExponent = 2;
int ExponentsPerTerm(size_t terms) {
  constexpr int kCounts[] = {0, 24, 14, 8, 6};
  return kCounts[terms];
}

struct Candidate {
  double value = 0;
  std::vector<int> exponents;  // grid index of each term
  SmallVector linear;          // A_k about the mean of ln x_k, then E
};

bool Near(const Candidate& a, const Candidate& b) {
  for (size_t k = 0; k < a.exponents.size(); ++k) {
    if (std::abs(a.exponents[k] - b.exponents[k]) >= 2) return false;
  }
  return true;
}

// The least squares of every grid point, as parts of the same sums.
struct Grid {
  int count = 0;                  // exponents of each term
  std::vector<double> exponents;  // [count]
  std::vector<double> means;      // of ln x, [term]
  // Products of all columns of all grid points, term by term, E's last; the
  // target is loss / loss.
  Eigen::MatrixXd gram;
  Eigen::VectorXd right;

  // The place of a grid point's columns; beyond the terms, E's.
  std::vector<Eigen::Index> Columns(const std::vector<int>& indices) const {
    const size_t terms = means.size();
    std::vector<Eigen::Index> chosen(terms + 1, right.size() - 1);
    for (size_t k = 0; k < terms; ++k) {
      chosen[k] = static_cast<Eigen::Index>(k) * count + indices[k];
    }
    return chosen;
  }
};

Grid MakeGrid(const PowerSumData& data, std::optional<double> fixed_e) {
  const size_t terms = data.terms();
  Grid grid;
  grid.count = ExponentsPerTerm(terms);
  const double ratio = std::pow(kMaxExponent / kMinExponent, 1.0 / grid.count);
  grid.exponents.reserve(grid.count);
  for (int g = 0; g < grid.count; ++g) {
    grid.exponents.push_back(kMinExponent * std::pow(ratio, g + 0.5));
  }
  const auto rows = static_cast<Eigen::Index>(data.rows());
  Eigen::ArrayXd root(rows);
  Eigen::ArrayXd inverse(rows);
  for (Eigen::Index i = 0; i < rows; ++i) {
    root[i] = data.weights.empty() ? 1 : std::sqrt(data.weights[i]);
    inverse[i] = std::exp(-data.ln_loss[i]);
  }
  const auto columns = static_cast<Eigen::Index>(terms) * grid.count + 1;
  Eigen::MatrixXd design(rows, columns);
  for (size_t k = 0; k < terms; ++k) {
    const Eigen::Map<const Eigen::ArrayXd> ln_x(data.ln_x[k].data(), rows);
    grid.means.push_back(ln_x.mean());
    for (int g = 0; g < grid.count; ++g) {
      design.col(static_cast<Eigen::Index>(k) * grid.count + g) =
          root * inverse * (-grid.exponents[g] * (ln_x - grid.means[k])).exp();
    }
  }
  design.col(columns - 1) = root * inverse;
  const Eigen::VectorXd target =
      root * (1 - (fixed_e ? *fixed_e : 0.0) * inverse);
  grid.gram = design.transpose() * design;
  grid.right = design.transpose() * target;
  return grid;
}

// The best linear part at every grid point, the best point first. The last of
// the `unknowns` is E, if they are more than the terms.
std::vector<Candidate> SolveAll(const Grid& grid, int unknowns) {
  const size_t terms = grid.means.size();
  std::vector<Candidate> candidates;
  std::vector<int> indices(terms, 0);
  while (true) {
    const std::vector<Eigen::Index> chosen = grid.Columns(indices);
    SmallMatrix g(unknowns, unknowns);
    SmallVector b(unknowns);
    for (int i = 0; i < unknowns; ++i) {
      b[i] = grid.right[chosen[i]];
      for (int j = 0; j < unknowns; ++j) {
        g(i, j) = grid.gram(chosen[i], chosen[j]);
      }
    }
    Candidate& candidate = candidates.emplace_back();
    candidate.exponents = indices;
    const NonNegativeMinimum minimum = SolveNonNegative(g, b);
    candidate.value = minimum.value;
    candidate.linear = minimum.y;
    size_t k = 0;
    while (k < terms && ++indices[k] == grid.count) indices[k++] = 0;
    if (k == terms) break;
  }
  std::stable_sort(
      candidates.begin(), candidates.end(),
      [](const Candidate& a, const Candidate& b) { return a.value < b.value; });
  return candidates;
}

// The law of a candidate, with no part below `small_part`.
PowerSum LawOf(const Candidate& candidate, const Grid& grid,
               std::optional<double> fixed_e, double small_part) {
  PowerSum law;
  const size_t terms = grid.means.size();
  for (size_t k = 0; k < terms; ++k) {
    law.alpha.push_back(grid.exponents[candidate.exponents[k]]);
    law.ln_a.push_back(
        std::log(std::max(candidate.linear[static_cast<Eigen::Index>(k)],
                          small_part)) +
        law.alpha[k] * grid.means[k]);
  }
  law.e = fixed_e ? *fixed_e
                  : std::max(candidate.linear[static_cast<Eigen::Index>(terms)],
                             small_part);
  return law;
}

}  // namespace

std::vector<PowerSum> GridStarts(const PowerSumData& data,
                                 std::optional<double> fixed_e, int most) {
  const Grid grid = MakeGrid(data, fixed_e);
  const auto unknowns = static_cast<int>(data.terms()) + (fixed_e ? 0 : 1);
  const std::vector<Candidate> candidates = SolveAll(grid, unknowns);
  const double small_part =
      0.01 *
      std::exp(*std::min_element(data.ln_loss.begin(), data.ln_loss.end()));
  std::vector<const Candidate*> accepted;
  std::vector<PowerSum> starts;
  for (const Candidate& candidate : candidates) {
    if (static_cast<int>(starts.size()) >= most) break;
    if (std::any_of(accepted.begin(), accepted.end(),
                    [&](const Candidate* a) { return Near(*a, candidate); })) {
      continue;
    }
    accepted.push_back(&candidate);
    starts.push_back(LawOf(candidate, grid, fixed_e, small_part));
  }
  return starts;
}

}  // namespace isoshape
