// isoFLOP answers published with the data of Porian et al. 2024 and of the
// noise-free cases (shared data, README.md).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "scaling/isoflop/isoflop.h"
#include "tests/scaling/published_data.h"

namespace isoshape {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

constexpr char kTuned[] = "rw|tuned|short|const|standard|val";
constexpr char kBase[] = "rw|base|short|kaplan|standard|val";
constexpr char kKaplan[] = "owt2|base|long|kaplan|kaplan|train";

Runs Experiment(const std::string& text, const std::string& name) {
  RunFormat format;
  format.budget = "flops";
  format.where = {{"experiment", name}};
  return *ParseRuns(text, "porian.csv", format);
}

// Published N* and the standard deviation of ln N*, by budget.
struct PublishedOptima {
  std::vector<double> flops, published, deviation, akima;
};
PublishedOptima Optima(const std::string& text, const std::string& name) {
  RunFormat format;
  format.params = "n_star_published";
  format.tokens = "n_star_akima";
  format.loss = "n_star_logstd";
  format.where = {{"experiment", name}};
  const Runs table = *ParseRuns(text, "porian_optima.csv", format);
  return {table.flops, table.size, table.loss, table.tokens};
}

double Exponent(const std::vector<double>& flops,
                const std::vector<double>& sizes,
                const std::vector<double>& deviations) {
  std::vector<double> x, y, weights;
  for (size_t i = 0; i < flops.size(); ++i) {
    x.push_back(std::log(flops[i]));
    y.push_back(std::log(sizes[i]));
    weights.push_back(1 / (deviations[i] * deviations[i]));
  }
  return FitLine(x, y, weights).slope;
}

IsoflopFit Fit(const Runs& runs, OptimumMethod method) {
  IsoflopOptions options;
  options.rule.method = method;
  const auto none = Resampling::CaseBootstrap(runs.rows(), {.count = 0});
  auto fit = FitIsoflop(runs, *none, options);
  EXPECT_TRUE(fit.ok()) << fit.status();
  return *std::move(fit);
}

// Published N* are argmins over a grid of 25 points between neighbours.
TEST(PublishedIsoflopTest, AkimaOptimaOfPorian) {
  READ_PUBLISHED_OR_SKIP(text, "porian.csv");
  READ_PUBLISHED_OR_SKIP(optima_text, "porian_optima.csv");
  for (const char* name : {kTuned, kBase, kKaplan}) {
    SCOPED_TRACE(name);
    const IsoflopFit fit = Fit(Experiment(text, name), OptimumMethod::kAkima);
    const PublishedOptima optima = Optima(optima_text, name);
    size_t found = 0;
    for (const BudgetOptimum& budget : fit.budgets) {
      if (!budget.problem.empty()) continue;
      ASSERT_LT(found, optima.flops.size());
      EXPECT_EQ(budget.curve.budget, optima.flops[found]);
      EXPECT_NEAR(budget.size.value / optima.akima[found], 1, 2e-4);
      ++found;
    }
    EXPECT_EQ(found, optima.flops.size());
  }
}

// The published exponents, by the published weights: exactly through the
// published N* (medians of noisy draws), within the draws' effect through ours.
TEST(PublishedIsoflopTest, ExponentsOfPorian) {
  READ_PUBLISHED_OR_SKIP(text, "porian.csv");
  READ_PUBLISHED_OR_SKIP(optima_text, "porian_optima.csv");
  const std::map<std::string, double> published = {
      {kTuned, 0.4969}, {kBase, 0.6020}, {kKaplan, 0.8635}};
  for (const auto& [name, exponent] : published) {
    SCOPED_TRACE(name);
    const PublishedOptima optima = Optima(optima_text, name);
    EXPECT_NEAR(Exponent(optima.flops, optima.published, optima.deviation),
                exponent, 5e-5);
    std::vector<double> sizes;
    for (const BudgetOptimum& budget :
         Fit(Experiment(text, name), OptimumMethod::kAkima).budgets) {
      if (budget.problem.empty()) sizes.push_back(budget.size.value);
    }
    EXPECT_NEAR(Exponent(optima.flops, sizes, optima.deviation), exponent,
                2e-3);
  }
}

// As published: medians of draws about the measured losses. The noise meant to
// grow with the loss, but its thresholds were compared with the log of the loss
// (analysis.py of 0dc60d9), so in effect it was the lower deviation throughout.
TEST(PublishedIsoflopTest, MediansOfNoisyDrawsGiveThePublishedExponents) {
  READ_PUBLISHED_OR_SKIP(text, "porian.csv");
  READ_PUBLISHED_OR_SKIP(optima_text, "porian_optima.csv");
  const auto exponent = [&](const std::string& name, double noise) {
    std::vector<double> flops, medians;
    const PublishedOptima optima = Optima(optima_text, name);
    for (const SizeCurve& curve : MakeSizeCurves(Experiment(text, name))) {
      if (std::find(optima.flops.begin(), optima.flops.end(), curve.budget) ==
          optima.flops.end()) {
        continue;
      }
      const CurveColumns columns = Columns(curve);
      const std::vector<double> deviations(columns.loss.size(), noise);
      std::vector<double> draws =
          DrawOptima(columns, {.method = OptimumMethod::kAkima}, deviations,
                     1000, 1)
              .ln_size;
      std::sort(draws.begin(), draws.end());
      flops.push_back(curve.budget);
      medians.push_back(std::exp(draws[500]));
    }
    return Exponent(flops, medians, optima.deviation);
  };
  EXPECT_NEAR(exponent(kTuned, 0.002), 0.4969, 0.001);
  EXPECT_NEAR(exponent(kBase, 0.002), 0.6020, 0.001);
  EXPECT_NEAR(exponent(kKaplan, 0.01), 0.8635, 0.003);
}

TEST(PublishedIsoflopTest, FullRangeParabolasOfPorian) {
  READ_PUBLISHED_OR_SKIP(text, "porian.csv");
  const std::map<std::string, double> published = {
      {kTuned, 0.516}, {kBase, 0.698}, {kKaplan, 0.813}};
  for (const auto& [name, exponent] : published) {
    SCOPED_TRACE(name);
    EXPECT_NEAR(Fit(Experiment(text, name), OptimumMethod::kFullRange)
                    .size->exponent.value,
                exponent, 5e-4);
  }
}

// The one fit, whose rule is another: agreement within the method's noise, and
// intervals that hold the published exponents.
TEST(PublishedIsoflopTest, TheOneFitIsNearThePublishedExponents) {
  READ_PUBLISHED_OR_SKIP(text, "porian.csv");
  const std::map<std::string, double> published = {
      {kTuned, 0.4969}, {kBase, 0.6020}, {kKaplan, 0.8635}};
  for (const auto& [name, exponent] : published) {
    SCOPED_TRACE(name);
    const Runs runs = Experiment(text, name);
    const auto rows = Resampling::CaseBootstrap(
        runs.rows(), {.count = 1000, .strata = runs.budget});
    const auto fit = FitIsoflop(runs, *rows, {});
    ASSERT_TRUE(fit.ok()) << fit.status();
    const BootstrapEstimate& found = fit->size->exponent;
    EXPECT_NEAR(found.value, exponent, 0.02);
    EXPECT_LE(*found.percentile.lower, exponent);
    EXPECT_GE(*found.percentile.upper, exponent);
  }
}

// The method itself is biased if the sizes are off centre: the answers are
// those of the biased method, to the digit, and so is the bias that is named.
TEST(PublishedIsoflopTest, NoiseFreeCasesAndTheirBias) {
  READ_PUBLISHED_OR_SKIP(text, "isoflop_noise_free.csv");
  struct Surface {
    double a, b, e, alpha, beta;
  };
  const std::map<std::string, Surface> surfaces = {
      {"Symmetric", {400, 400, 1.69, 0.31, 0.31}},
      {"Chinchilla", {406.4, 410.7, 1.69, 0.34, 0.28}},
      {"Asymmetric", {406.4, 410.7, 1.69, 0.465, 0.155}}};
  int cases = 0;
  for (const auto& [name, s] : surfaces) {
    for (const auto& row : PublishedRows(text)) {
      if (row.at("surface") != name) continue;
      SCOPED_TRACE(name + " " + row.at("config") + " " + row.at("grid"));
      const auto answer = [&row](const char* column) {
        return std::stod(row.at(column));
      };
      Runs runs;
      for (int exponent = 17; exponent <= 21; ++exponent) {
        const double flops = std::pow(10, exponent);
        const double best = std::pow(
            s.alpha * s.a / (s.beta * s.b) * std::pow(flops / 6, s.beta),
            1 / (s.alpha + s.beta));
        const double centre =
            best / answer("center_scale") /
            std::pow(10, answer("drift_rate") * (exponent - 17) / 4);
        for (int i = 0; i < 15; ++i) {
          const double size = centre * std::pow(10, answer("log10_half_range") *
                                                        (2.0 * i / 14 - 1));
          const double tokens = flops / 6 / size;
          runs.size.push_back(size);
          runs.tokens.push_back(tokens);
          runs.budget.push_back(flops);
          runs.loss.push_back(s.e + s.a * std::pow(size, -s.alpha) +
                              s.b * std::pow(tokens, -s.beta));
        }
      }
      IsoflopOptions options;
      options.rule.method = OptimumMethod::kFullRange;
      options.rule.log_loss = false;
      options.rule.accept_outside = true;
      const auto fit = FitIsoflop(
          runs, *Resampling::CaseBootstrap(runs.rows(), {.count = 0}), options);
      ASSERT_TRUE(fit.ok()) << fit.status();
      EXPECT_NEAR(fit->tokens->exponent.value / answer("fitted_token_exponent"),
                  1, 1e-9);
      EXPECT_NEAR(fit->tokens->At(1e24) / answer("fitted_tokens_at_1e24"), 1,
                  1e-9);
      EXPECT_THAT(fit->warnings, Contains(HasSubstr("off the centre")));
      const auto bias = EstimateBias(MakeSizeCurves(runs), fit->size->weights,
                                     options.rule, 1e24);
      ASSERT_TRUE(bias.has_value());
      EXPECT_NEAR(bias->token_factor / (answer("fitted_tokens_at_1e24") /
                                        answer("true_tokens_at_1e24")),
                  1, 1e-3);
      ++cases;
    }
  }
  EXPECT_EQ(cases, 12);
}

}  // namespace
}  // namespace isoshape
