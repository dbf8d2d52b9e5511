#include "scaling/laws/diagnosis.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "scaling/laws/power_sum_objective.h"
#include "scaling/runs/row_name.h"
#include "scaling/statistics/robust_deviation.h"

namespace isoshape {
namespace {

constexpr double kDepartsBy = 3;         // standard errors of a group's mean
constexpr double kPullingShare = 0.1;    // of the jackknife variance
constexpr double kPullingExcess = 5;     // times what every unit's share is
constexpr double kWorstCondition = 1e6;  // digits beyond mean nothing
// A parameter takes part in a direction, a unit vector of scaled parameters, if
// its component is above this.
constexpr double kTakesPart = 0.3;
constexpr double kNoFloor = 1e-4;  // E below this share of the least loss is 0
constexpr int kBisections = 12;    // of the largest E that still fits
constexpr double kNoScatter = 1e-7;  // below it the losses have no noise
constexpr size_t kNamedOutliers = 3;

// The largest value that fits, and the next that does not.
struct HighestFit {
  double at = 0, above = 0;
};

// The highest value that fits, between 0, which does, and `most`, which does
// not.
HighestFit Bisect(double most, absl::FunctionRef<bool(double)> fits) {
  HighestFit found{.above = most};
  for (int i = 0; i < kBisections; ++i) {
    const double middle = (found.at + found.above) / 2;
    (fits(middle) ? found.at : found.above) = middle;
  }
  return found;
}

std::string ParameterName(const char* letter, const char* greek, int index,
                          int terms, bool exponent) {
  if (terms == 2) return exponent ? greek : letter;
  return absl::StrFormat("%s%d", exponent ? "alpha" : "A", index + 1);
}

}  // namespace

std::vector<ResidualGroup> GroupResiduals(const std::vector<double>& values,
                                          const std::vector<double>& residuals,
                                          int max_groups) {
  const size_t runs = values.size();
  std::vector<size_t> order(runs);
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return values[a] < values[b]; });
  size_t distinct = 0;
  for (size_t k = 0; k < runs; ++k) {
    distinct += k == 0 || values[order[k]] != values[order[k - 1]] ? 1 : 0;
  }
  const bool by_value = distinct <= static_cast<size_t>(max_groups);
  double mean = 0;
  for (const double r : residuals) mean += r / static_cast<double>(runs);
  double squares = 0;
  for (const double r : residuals) squares += (r - mean) * (r - mean);
  const double deviation =
      runs < 2 ? 0 : std::sqrt(squares / static_cast<double>(runs - 1));

  std::vector<ResidualGroup> groups;
  for (size_t k = 0; k < runs; ++k) {
    const size_t i = order[k];
    const bool equal = k > 0 && values[i] == values[order[k - 1]];
    // The next group begins when the runs so far have filled their share.
    const bool due = by_value || k * max_groups >= groups.size() * runs;
    if (groups.empty() || (!equal && due)) {
      groups.emplace_back().low = values[i];
    }
    ResidualGroup& group = groups.back();
    group.high = values[i];
    ++group.runs;
    group.mean += residuals[i];
    group.rms += residuals[i] * residuals[i];
  }
  for (ResidualGroup& group : groups) {
    group.mean /= group.runs;
    group.rms = std::sqrt(group.rms / group.runs);
    group.departs =
        groups.size() > 1 &&
        std::abs(group.mean) > kDepartsBy * deviation / std::sqrt(group.runs);
  }
  return groups;
}

std::vector<std::string> ResidualWarnings(
    const std::string& what, const std::vector<ResidualGroup>& groups,
    absl::FunctionRef<std::string(double)> format) {
  std::vector<std::string> warnings;
  for (const ResidualGroup& group : groups) {
    if (!group.departs) continue;
    std::string range = format(group.low);
    if (group.low != group.high) {
      absl::StrAppend(&range, " to ", format(group.high));
    }
    const std::string losses =
        group.runs == 1 ? "the loss lies"
                        : absl::StrFormat("the %d losses lie", group.runs);
    warnings.push_back(absl::StrFormat(
        "at %s %s %s %.2g %% %s the law%s, more than their scatter explains: "
        "the law does not bend as they do",
        what, range, losses, 100 * std::abs(group.mean),
        group.mean > 0 ? "above" : "below",
        group.runs == 1 ? "" : " on average"));
  }
  return warnings;
}

std::vector<Influence> FindInfluence(double value,
                                     const std::vector<double>& without) {
  std::vector<Influence> influences;
  double mean = 0;
  for (size_t u = 0; u < without.size(); ++u) {
    if (!std::isfinite(without[u])) continue;
    influences.push_back(
        {.unit = static_cast<int>(u), .shift = without[u] - value});
    mean += influences.back().shift;
  }
  const auto count = static_cast<double>(influences.size());
  mean /= std::max(1.0, count);
  double sum = 0;
  for (const Influence& one : influences) {
    sum += (one.shift - mean) * (one.shift - mean);
  }
  const double due = std::max(kPullingShare, kPullingExcess / count);
  for (Influence& one : influences) {
    if (sum > 0) one.share = (one.shift - mean) * (one.shift - mean) / sum;
    one.pulls = one.share > due;
  }
  std::stable_sort(influences.begin(), influences.end(),
                   [](const Influence& a, const Influence& b) {
                     return std::abs(a.shift) > std::abs(b.shift);
                   });
  return influences;
}

std::vector<Unidentified> UnidentifiedByCondition(
    const PowerSumFit& fit, const PowerSumData& data,
    const PowerSumOptions& options) {
  if (fit.condition <= kWorstCondition) return {};
  const ScaledRows rows(data, options.fixed_e, options.tie_exponents,
                        options.free_gamma);
  const Eigen::MatrixXd curvature = rows.Curvature(
      rows.ToTheta(fit.law),
      options.loss.least_absolute ? 1e-3 : options.loss.huber_delta);
  const Eigen::VectorXd lengths =
      curvature.diagonal().cwiseSqrt().cwiseMax(1e-300);
  const Eigen::MatrixXd scaled = lengths.cwiseInverse().asDiagonal() *
                                 curvature *
                                 lengths.cwiseInverse().asDiagonal();
  const Eigen::VectorXd flattest =
      Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(scaled).eigenvectors().col(
          0);
  const auto terms = static_cast<int>(data.terms());
  std::vector<Unidentified> found;
  const auto add = [&](Eigen::Index place, const std::string& name) {
    if (std::abs(flattest[place]) < kTakesPart) return;
    found.push_back(
        {name, absl::StrFormat("the runs do not tell it from other parameters "
                               "(condition %.1e); run other sizes and tokens",
                               fit.condition)});
  };
  constexpr const char* kLetters[] = {"A", "B", "", ""};
  constexpr const char* kGreek[] = {"alpha", "beta", "", ""};
  for (int k = 0; k < terms; ++k) {
    add(k, ParameterName(kLetters[k], kGreek[k], k, terms, false));
    add(terms + (options.tie_exponents ? 0 : k),
        ParameterName(kLetters[k], kGreek[k], k, terms, true));
  }
  if (options.free_gamma) {
    add(flattest.size() - (options.fixed_e ? 1 : 2), "gamma");
  }
  if (!options.fixed_e) add(flattest.size() - 1, "E");
  return found;
}

bool AtLowerBound(const PowerSum& law, const PowerSumData& data) {
  const double least =
      *std::min_element(data.ln_loss.begin(), data.ln_loss.end());
  return law.e < kNoFloor * std::exp(least);
}

bool GammaAtBound(const PowerSum& law) {
  return law.gamma <= kMinGamma || law.gamma >= kMaxGamma;
}

double HighestFloor(const PowerSumData& data, const PowerSumFit& best,
                    PowerSumOptions options) {
  // What a prior says of E is not what the runs show of it.
  options.prior.reset();
  const double least =
      std::exp(*std::min_element(data.ln_loss.begin(), data.ln_loss.end()));
  const double limit =
      best.objective * (1 + 1 / static_cast<double>(data.rows()));
  const auto fits_by_grid = [&](double e) {
    options.fixed_e = e;
    const auto fit = FitPowerSum(data, options);
    return fit.ok() && fit->objective <= limit;
  };
  // From the law of the largest E so far that fits: one polish instead of a
  // grid of them. What it finds to fit does fit; that nothing fits at the end
  // the grid has to say.
  const std::vector<double> even(data.rows(), 1.0);
  PowerSumFit last = best;
  const auto fits_from_last = [&](double e) {
    options.fixed_e = e;
    const PowerSumFit fit = PowerSumRefitter(data, options, last).Fit(even);
    if (!(TotalLoss(fit.law, data, options.loss) <= limit)) return false;
    last = fit;
    return true;
  };
  const HighestFit found = Bisect(least, fits_from_last);
  if (found.above == least || !fits_by_grid(found.above)) return found.at;
  return Bisect(least, fits_by_grid).at;
}

absl::Status CheckFixedE(const Runs& runs, std::optional<double> fixed_e) {
  const double least = *std::min_element(runs.loss.begin(), runs.loss.end());
  if (!fixed_e || *fixed_e < least) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrFormat(
      "E is fixed at %g, but the least loss is %g: no loss lies below what "
      "nothing removes; give an E below it",
      *fixed_e, least));
}

std::vector<std::string> OutlierWarnings(const Runs& runs,
                                         const std::vector<double>& residuals,
                                         const RobustLoss& loss) {
  std::vector<double> sizes;
  double total = 0;
  for (const double residual : residuals) {
    sizes.push_back(std::abs(residual));
    total += loss(residual);
  }
  const double scale = RobustDeviation(residuals);
  if (!(scale > kNoScatter)) return {};
  std::vector<size_t> rows;
  double share = 0;
  for (size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] <= kOutlier * scale) continue;
    rows.push_back(i);
    share += loss(residuals[i]) / total;
  }
  if (rows.empty()) return {};
  std::sort(rows.begin(), rows.end(),
            [&](size_t a, size_t b) { return sizes[a] > sizes[b]; });
  std::string named;
  for (size_t k = 0; k < std::min(rows.size(), kNamedOutliers); ++k) {
    const size_t i = rows[k];
    absl::StrAppendFormat(
        &named, "%s%s (loss %.4g, %.2g %% %s the law, %.0f deviations)",
        k == 0 ? "" : ", ", RowName(runs, i), runs.loss[i], 100 * sizes[i],
        residuals[i] < 0 ? "above" : "below", sizes[i] / scale);
  }
  if (rows.size() > kNamedOutliers) {
    absl::StrAppendFormat(&named, " and %d more", rows.size() - kNamedOutliers);
  }
  return {absl::StrFormat(
      "%d %s further from the law than the scatter of the others explains, "
      "and %s %.0f %% of what is minimised: %s",
      rows.size(), rows.size() == 1 ? "loss lies" : "losses lie",
      rows.size() == 1 ? "is" : "are", 100 * share, named)};
}

}  // namespace isoshape
