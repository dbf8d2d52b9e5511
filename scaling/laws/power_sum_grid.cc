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

}  // namespace

std::vector<PowerSum> GridStarts(const PowerSumData& data,
                                 std::optional<double> fixed_e, int most) {
  const size_t terms = data.terms();
  const int count = ExponentsPerTerm(terms);
  const double ratio = std::pow(kMaxExponent / kMinExponent, 1.0 / count);
  std::vector<double> exponents;
  exponents.reserve(count);
  for (int g = 0; g < count; ++g) {
    exponents.push_back(kMinExponent * std::pow(ratio, g + 0.5));
  }
  const auto rows = static_cast<Eigen::Index>(data.rows());
  Eigen::ArrayXd root(rows);
  Eigen::ArrayXd inverse(rows);
  for (Eigen::Index i = 0; i < rows; ++i) {
    root[i] = data.weights.empty() ? 1 : std::sqrt(data.weights[i]);
    inverse[i] = std::exp(-data.ln_loss[i]);
  }
  // All columns of all grid points, E's last; the target is loss / loss.
  const auto columns = static_cast<Eigen::Index>(terms) * count + 1;
  Eigen::MatrixXd design(rows, columns);
  std::vector<double> means;
  for (size_t k = 0; k < terms; ++k) {
    const Eigen::Map<const Eigen::ArrayXd> ln_x(data.ln_x[k].data(), rows);
    means.push_back(ln_x.mean());
    for (int g = 0; g < count; ++g) {
      design.col(static_cast<Eigen::Index>(k) * count + g) =
          root * inverse * (-exponents[g] * (ln_x - means[k])).exp();
    }
  }
  design.col(columns - 1) = root * inverse;
  const Eigen::VectorXd target =
      root * (1 - (fixed_e ? *fixed_e : 0.0) * inverse);
  const Eigen::MatrixXd gram = design.transpose() * design;
  const Eigen::VectorXd right = design.transpose() * target;

  const auto unknowns = static_cast<int>(terms) + (fixed_e ? 0 : 1);
  std::vector<Candidate> candidates;
  std::vector<int> indices(terms, 0);
  while (true) {
    // Beyond the terms, E.
    std::vector<Eigen::Index> chosen(terms + 1, columns - 1);
    for (size_t k = 0; k < terms; ++k) {
      chosen[k] = static_cast<Eigen::Index>(k) * count + indices[k];
    }
    SmallMatrix g(unknowns, unknowns);
    SmallVector b(unknowns);
    for (int i = 0; i < unknowns; ++i) {
      b[i] = right[chosen[i]];
      for (int j = 0; j < unknowns; ++j) g(i, j) = gram(chosen[i], chosen[j]);
    }
    Candidate& candidate = candidates.emplace_back();
    candidate.exponents = indices;
    const NonNegativeMinimum minimum = SolveNonNegative(g, b);
    candidate.value = minimum.value;
    candidate.linear = minimum.y;
    size_t k = 0;
    while (k < terms && ++indices[k] == count) indices[k++] = 0;
    if (k == terms) break;
  }
  std::stable_sort(
      candidates.begin(), candidates.end(),
      [](const Candidate& a, const Candidate& b) { return a.value < b.value; });

  std::vector<const Candidate*> accepted;
  std::vector<PowerSum> starts;
  const double small_part =
      0.01 *
      std::exp(*std::min_element(data.ln_loss.begin(), data.ln_loss.end()));
  for (const Candidate& candidate : candidates) {
    if (static_cast<int>(starts.size()) >= most) break;
    if (std::any_of(accepted.begin(), accepted.end(),
                    [&](const Candidate* a) { return Near(*a, candidate); })) {
      continue;
    }
    accepted.push_back(&candidate);
    PowerSum& law = starts.emplace_back();
    for (size_t k = 0; k < terms; ++k) {
      law.alpha.push_back(exponents[candidate.exponents[k]]);
      law.ln_a.push_back(
          std::log(std::max(candidate.linear[static_cast<Eigen::Index>(k)],
                            small_part)) +
          law.alpha[k] * means[k]);
    }
    law.e = fixed_e ? *fixed_e
                    : std::max(candidate.linear[unknowns - 1], small_part);
  }
  return starts;
}

}  // namespace isoshape
