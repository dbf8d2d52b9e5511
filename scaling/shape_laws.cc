#include "scaling/shape_laws.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "absl/strings/str_format.h"

namespace isoshape {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::vector<double> Logs(const std::vector<double>& values) {
  std::vector<double> logs(values.size());
  std::transform(values.begin(), values.end(), logs.begin(),
                 [](double value) { return std::log(value); });
  return logs;
}

std::vector<double> Pick(const std::vector<double>& values,
                         const std::vector<bool>& keep, bool wanted) {
  std::vector<double> picked;
  for (size_t i = 0; i < values.size(); ++i) {
    if (keep[i] == wanted) picked.push_back(values[i]);
  }
  return picked;
}

PowerSumData Pick(const PowerSumData& data, const std::vector<bool>& keep,
                  bool wanted) {
  PowerSumData picked;
  for (const auto& column : data.ln_x) {
    picked.ln_x.push_back(Pick(column, keep, wanted));
  }
  picked.ln_loss = Pick(data.ln_loss, keep, wanted);
  return picked;
}

double Rms(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return values.empty() ? kNaN
                        : std::sqrt(sum / static_cast<double>(values.size()));
}

std::vector<double> Residuals(const RatioLaw& law, const RatioLawData& data) {
  std::vector<double> residuals(data.rows());
  for (size_t i = 0; i < data.rows(); ++i) {
    residuals[i] =
        law.LogLoss(data.ln_size[i], data.ln_tokens[i], data.ln_ratio[i]) -
        data.ln_loss[i];
  }
  return residuals;
}

// Scores a sum of powers; `fit` receives the fit on all rows.
absl::StatusOr<ShapeLawScore> Score(const std::string& name,
                                    const std::string& formula,
                                    const PowerSumData& data,
                                    const std::vector<bool>& keep, double delta,
                                    PowerSumFit* fit) {
  PowerSumOptions options;
  options.loss.huber_delta = delta;
  const auto all = FitPowerSum(data, options);
  if (!all.ok()) return all.status();
  *fit = *all;
  ShapeLawScore score{.name = name,
                      .formula = formula,
                      .parameters = static_cast<int>(2 * data.terms() + 1),
                      .objective = all->objective,
                      .in_sample_rmse = Rms(Residuals(all->law, data)),
                      .held_out_rmse = kNaN,
                      .converged = all->converged,
                      .problem = all->problem};
  const auto part = FitPowerSum(Pick(data, keep, true), options);
  if (part.ok()) {
    score.held_out_rmse = Rms(Residuals(part->law, Pick(data, keep, false)));
  } else {
    score.problem = std::string(part.status().message());
  }
  return score;
}

}  // namespace

absl::StatusOr<ShapeLawComparison> CompareShapeLaws(
    const RunTable& table, const ShapeLawOptions& options) {
  if (table.width.empty() || table.depth.empty()) {
    return absl::FailedPreconditionError(
        "shape laws need the columns width and depth; name them with --width "
        "and --depth");
  }
  const absl::StatusOr<std::vector<double>> sizes = Sizes(table, options.size);
  if (!sizes.ok()) return sizes.status();
  ShapeLawComparison result;
  result.runs = static_cast<int>(table.rows());
  RatioLawData& data = result.data;
  data.ln_size = Logs(*sizes);
  data.ln_tokens = Logs(table.tokens);
  data.ln_loss = Logs(table.loss);
  const std::vector<double> ln_width = Logs(table.width);
  const std::vector<double> ln_depth = Logs(table.depth);
  std::vector<double> flops = table.flops;
  for (size_t i = 0; i < table.rows(); ++i) {
    data.ln_ratio.push_back(ln_width[i] - ln_depth[i]);
    if (table.flops.empty()) {
      flops.push_back(6 * (*sizes)[i] * table.tokens[i]);
    }
  }
  std::vector<double> sorted = flops;
  std::sort(sorted.begin(), sorted.end());
  result.held_out_above = Quantile(sorted, 0.75);
  std::vector<bool> keep(table.rows());
  for (size_t i = 0; i < keep.size(); ++i) {
    keep[i] = flops[i] <= result.held_out_above;
    result.held_out += keep[i] ? 0 : 1;
  }
  if (result.held_out == 0) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "no run has more than %.4g FLOPs, the third quartile: laws are chosen "
        "by the largest runs, so give runs of several budgets",
        result.held_out_above));
  }

  const auto full = FitRatioLaw(data, options.huber_delta);
  if (!full.ok()) return full.status();
  result.ratio = *full;
  const auto none =
      Score("none", "E + A N^-alpha + B D^-beta",
            {.ln_x = {data.ln_size, data.ln_tokens}, .ln_loss = data.ln_loss},
            keep, options.huber_delta, &result.none);
  if (!none.ok()) return none.status();
  result.scores.push_back(*none);

  ShapeLawScore ratio{
      .name = "ratio",
      .formula =
          "E + A N^-alpha + B D^-beta + G ln(r/r*)^2 N^-alpha, ln r* = "
          "c0 + c1 ln N",
      .parameters = 8,
      .objective = full->objective,
      .in_sample_rmse = Rms(Residuals(full->law, data)),
      .held_out_rmse = kNaN,
      .converged = full->converged,
      .problem = full->problem};
  const auto pick = [&](bool wanted) {
    return RatioLawData{.ln_size = Pick(data.ln_size, keep, wanted),
                        .ln_tokens = Pick(data.ln_tokens, keep, wanted),
                        .ln_ratio = Pick(data.ln_ratio, keep, wanted),
                        .ln_loss = Pick(data.ln_loss, keep, wanted)};
  };
  const auto part = FitRatioLaw(pick(true), options.huber_delta);
  if (part.ok()) {
    ratio.held_out_rmse = Rms(Residuals(part->law, pick(false)));
  } else {
    ratio.problem = std::string(part.status().message());
  }
  result.scores.push_back(ratio);

  const auto add = [&](const char* name, const char* formula,
                       const PowerSumData& columns, PowerSumFit* fit) {
    const auto score =
        Score(name, formula, columns, keep, options.huber_delta, fit);
    if (score.ok()) {
      result.scores.push_back(*score);
    } else {
      result.warnings.push_back(absl::StrFormat(
          "the %s law is left out: %s", name, score.status().message()));
    }
  };
  add("four-term", "E + a w^-a' + b d^-b' + c P^-c' + f D^-f'",
      {.ln_x = {ln_width, ln_depth, Logs(table.params), data.ln_tokens},
       .ln_loss = data.ln_loss},
      &result.four_term);
  add("width-depth", "E + A w^-a + B d^-b + C D^-c",
      {.ln_x = {ln_width, ln_depth, data.ln_tokens}, .ln_loss = data.ln_loss},
      &result.width_depth);

  for (size_t i = 0; i < result.scores.size(); ++i) {
    const double error = result.scores[i].held_out_rmse;
    const double best = result.scores[result.chosen].held_out_rmse;
    if (error < best || std::isnan(best)) result.chosen = static_cast<int>(i);
    if (!result.scores[i].converged) {
      result.warnings.push_back(
          absl::StrFormat("the %s law is not converged: %s",
                          result.scores[i].name, result.scores[i].problem));
    }
  }
  const ShapeLawScore& chosen = result.scores[result.chosen];
  result.explanation = absl::StrFormat(
      "%s: fitted without the %d runs above %.4g FLOPs it misses their loss by "
      "%.2f %% (root mean square), the law without shape by %.2f %%",
      chosen.name, result.held_out, result.held_out_above,
      100 * chosen.held_out_rmse, 100 * result.scores[0].held_out_rmse);
  return result;
}

RatioLawIntervals BootstrapRatioLaw(const ShapeLawComparison& comparison,
                                    const Resampling& resampling,
                                    const ShapeLawOptions& options) {
  const RatioLaw& law = comparison.ratio.law;
  const RatioLawData& data = comparison.data;
  const double ln_size =
      *std::max_element(data.ln_size.begin(), data.ln_size.end());
  std::vector<double> e, alpha, beta, g, c0, c1, ratio;
  for (int r = 0; r < resampling.count(); ++r) {
    const RatioLawFit fit =
        RefitRatioLaw(data, resampling.Weights(r), law, options.huber_delta);
    const bool ok = fit.converged;
    e.push_back(ok ? fit.law.e : kNaN);
    alpha.push_back(ok ? fit.law.alpha : kNaN);
    beta.push_back(ok ? fit.law.beta : kNaN);
    g.push_back(ok ? fit.law.g : kNaN);
    c0.push_back(ok ? fit.law.c0 : kNaN);
    c1.push_back(ok ? fit.law.c1 : kNaN);
    ratio.push_back(ok ? std::exp(fit.law.BestLogRatio(ln_size)) : kNaN);
  }
  const auto estimate = [&](double value,
                            const std::vector<double>& resamples) {
    return Estimate(value, resamples, {}, options.level);
  };
  RatioLawIntervals out;
  out.e = estimate(law.e, e);
  out.alpha = estimate(law.alpha, alpha);
  out.beta = estimate(law.beta, beta);
  out.g = estimate(law.g, g);
  out.c0 = estimate(law.c0, c0);
  out.c1 = estimate(law.c1, c1);
  out.best_ratio = estimate(std::exp(law.BestLogRatio(ln_size)), ratio);
  out.shape_matters = out.g.percentile.lower.value_or(0) > 0;
  out.ratio_drifts = out.c1.percentile.lower.value_or(0) > 0 ||
                     out.c1.percentile.upper.value_or(0) < 0;
  return out;
}

absl::StatusOr<LevineFit> FitLevine(const RunTable& table) {
  if (table.width.empty() || table.depth.empty() || table.budget.empty()) {
    return absl::FailedPreconditionError(
        "the law of Levine et al. needs the columns width, depth and budget; "
        "name them with --width, --depth and --budget");
  }
  std::map<double, size_t> best;  // row of least loss, by budget
  for (size_t i = 0; i < table.rows(); ++i) {
    const auto [it, added] = best.try_emplace(table.budget[i], i);
    if (!added && table.loss[i] < table.loss[it->second]) it->second = i;
  }
  double depth = 0;
  double width = 0;
  const auto count = static_cast<double>(best.size());
  for (const auto& [budget, i] : best) {
    depth += table.depth[i] / count;
    width += std::log(table.width[i]) / count;
  }
  double xx = 0;
  double xy = 0;
  for (const auto& [budget, i] : best) {
    const double x = table.depth[i] - depth;
    xx += x * x;
    xy += x * (std::log(table.width[i]) - width);
  }
  if (!(xx > 0)) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "the best shapes of the %d budgets all have depth %g: the law of "
        "Levine et al. needs best shapes of different depth",
        best.size(), depth));
  }
  LevineFit fit;
  fit.b = xy / xx;
  fit.a = width - fit.b * depth;
  fit.optima = static_cast<int>(best.size());
  double squares = 0;
  for (const auto& [budget, i] : best) {
    const double r = std::log(table.width[i]) - fit.a - fit.b * table.depth[i];
    squares += r * r;
  }
  fit.rmse = std::sqrt(squares / count);
  return fit;
}

}  // namespace isoshape
