#include "scaling/runs/flops_check.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "absl/strings/str_format.h"
#include "common/one_line.h"

namespace isoshape {
namespace {

// Attention, embeddings and what counts as a parameter move FLOPs by less.
constexpr double kFactor = 4;
// A constant multiple is one within this share.
constexpr double kConstant = 0.02;

constexpr std::pair<double, const char*> kUnits[] = {{1e9, "gigaFLOPs"},
                                                     {1e12, "teraFLOPs"},
                                                     {1e15, "petaFLOPs"},
                                                     {1e18, "exaFLOPs"},
                                                     {1e21, "zettaFLOPs"}};

struct Multiple {
  double of_six_nd;
  const char* text;
};
constexpr Multiple kMultiples[] = {
    {1. / 3, "2 x params x tokens, which forward passes alone take"},
    {2. / 3, "4 x params x tokens, which backward passes alone take"},
    {4. / 3, "8 x params x tokens, as if activations were computed twice"}};

}  // namespace

FlopsCheck CheckFlops(const std::vector<double>& params,
                      const std::vector<double>& tokens,
                      const std::vector<double>& flops,
                      const std::string& column, double unit) {
  const std::string name = OneLine(column, 40);
  FlopsCheck check;
  std::vector<double> ln_ratio;
  ln_ratio.reserve(flops.size());
  for (size_t i = 0; i < flops.size(); ++i) {
    ln_ratio.push_back(std::log(flops[i] / (6 * params[i] * tokens[i])));
  }
  if (ln_ratio.empty()) return check;
  const auto middle =
      ln_ratio.begin() + static_cast<std::ptrdiff_t>(ln_ratio.size() / 2);
  std::nth_element(ln_ratio.begin(), middle, ln_ratio.end());
  double median = *middle;
  double low = *std::min_element(ln_ratio.begin(), middle + 1);
  double high = *std::max_element(middle, ln_ratio.end());
  const auto all_near = [&](double ln, double within) {
    return high < ln + within && low > ln - within;
  };
  // A unit that the name says, if it brings the numbers nearer; what is still
  // off then is said below.
  if (unit != 1 && std::abs(median + std::log(unit)) < std::abs(median)) {
    check.unit = unit;
    for (double* one : {&median, &low, &high}) *one += std::log(unit);
  }
  for (const auto& [factor, word] : kUnits) {
    if (!all_near(-std::log(factor), std::log(kFactor))) continue;
    check.unit *= factor;
    check.warning = absl::StrFormat(
        "6 x params x tokens is about %g times %s in all %d rows: %s is taken "
        "as %s; write FLOPs",
        factor, name, flops.size(), name, word);
    return check;
  }
  for (const Multiple& multiple : kMultiples) {
    if (!all_near(std::log(multiple.of_six_nd), kConstant)) continue;
    check.warning = absl::StrFormat(
        "%s is %s, where training takes 6: it is used as it is; give the FLOPs "
        "of training",
        name, multiple.text);
    return check;
  }
  if (std::abs(median) > std::log(kFactor)) {
    check.warning = absl::StrFormat(
        "%s is %.3g times 6 x params x tokens in the median (%.3g to %.3g): "
        "look at the units of the three columns",
        name, std::exp(median), std::exp(low), std::exp(high));
  }
  return check;
}

}  // namespace isoshape
