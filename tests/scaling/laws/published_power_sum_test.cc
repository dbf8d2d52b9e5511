// Fits against the answers published with the data, to the tolerances given
// there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "scaling/laws/power_sum_fit.h"
#include "scaling/runs/run_file.h"
#include "scaling/statistics/resampling.h"
#include "tests/scaling/published_data.h"

namespace isoshape {
namespace {

struct Answer {
  double ln_a, ln_b, e, alpha, beta;
};

void ExpectLaw(const PowerSum& law, const Answer& answer) {
  EXPECT_NEAR(law.alpha[0], answer.alpha, 5e-4);
  EXPECT_NEAR(law.alpha[1], answer.beta, 5e-4);
  EXPECT_NEAR(law.e, answer.e, 5e-4);
  EXPECT_NEAR(law.ln_a[0], answer.ln_a, 0.005);
  EXPECT_NEAR(law.ln_a[1], answer.ln_b, 0.01);
}

TEST(PublishedPowerSumTest, HuberFitOfChinchilla) {
  READ_PUBLISHED_OR_SKIP(text, "chinchilla.csv");
  const auto table = ParseRuns(text, "chinchilla.csv", ChinchillaFormat(true));
  ASSERT_TRUE(table.ok()) << table.status();
  ASSERT_EQ(table->rows(), 240);
  const auto fit =
      FitPowerSum(LogColumns(*table, {&table->params, &table->tokens}), {});
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_TRUE(fit->converged) << fit->problem;
  EXPECT_LE(fit->objective, 0.00101828);
  ExpectLaw(fit->law, {std::log(477.826), std::log(2143.417), 1.817218,
                       0.347310, 0.367172});
}

TEST(PublishedPowerSumTest, HuberFitOfAllRowsOfChinchilla) {
  READ_PUBLISHED_OR_SKIP(text, "chinchilla.csv");
  const auto table = ParseRuns(text, "chinchilla.csv", ChinchillaFormat(false));
  ASSERT_TRUE(table.ok()) << table.status();
  ASSERT_EQ(table->rows(), 245);
  const auto fit =
      FitPowerSum(LogColumns(*table, {&table->params, &table->tokens}), {});
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_TRUE(fit->converged) << fit->problem;
  EXPECT_NEAR(fit->objective, 0.001826010523, 1e-10);
  EXPECT_NEAR(fit->law.e, 1.891338, 5e-4);
  EXPECT_NEAR(fit->law.alpha[0], 0.349313, 5e-4);
  EXPECT_NEAR(fit->law.alpha[1], 0.453049, 5e-4);
}

TEST(PublishedPowerSumTest, LeastAbsoluteDeviationsOfChinchilla) {
  READ_PUBLISHED_OR_SKIP(text, "chinchilla.csv");
  const auto table = ParseRuns(text, "chinchilla.csv", ChinchillaFormat(true));
  ASSERT_TRUE(table.ok()) << table.status();
  PowerSumOptions options;
  options.loss.least_absolute = true;
  const auto fit = FitPowerSum(
      LogColumns(*table, {&table->params, &table->tokens}), options);
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_TRUE(fit->converged) << fit->problem;
  ExpectLaw(fit->law,
            {std::log(482.006), std::log(2085.43), 1.81686, 0.34781, 0.36585});
}

// Each of the 100 published resamples ends in its published fit.
TEST(PublishedPowerSumTest, ResamplesOfChinchilla) {
  READ_PUBLISHED_OR_SKIP(text, "chinchilla.csv");
  READ_PUBLISHED_OR_SKIP(resample_text, "chinchilla_resamples.csv");
  READ_PUBLISHED_OR_SKIP(fit_text, "chinchilla_resample_fits.csv");
  const auto table = ParseRuns(text, "chinchilla.csv", ChinchillaFormat(true));
  ASSERT_TRUE(table.ok()) << table.status();
  const auto resampling =
      Resampling::FromText(resample_text, "resamples", table->rows());
  ASSERT_TRUE(resampling.ok()) << resampling.status();
  const auto answers = PublishedRows(fit_text);
  ASSERT_EQ(resampling->count(), 100);
  ASSERT_EQ(answers.size(), 100);
  const PowerSumData data =
      LogColumns(*table, {&table->params, &table->tokens});
  const auto whole = FitPowerSum(data, {});
  ASSERT_TRUE(whole.ok()) << whole.status();
  const PowerSumRefitter refitter(data, {}, *whole);
  for (int r = 0; r < 100; ++r) {
    SCOPED_TRACE(r);
    const PowerSumFit fit = refitter.Fit(resampling->Weights(r));
    EXPECT_TRUE(fit.converged) << fit.problem;
    const auto answer = [&](const char* name) {
      return std::stod(answers[static_cast<size_t>(r)].at(name));
    };
    ExpectLaw(fit.law, {std::log(answer("A")), std::log(answer("B")),
                        answer("E"), answer("alpha"), answer("beta")});
  }
}

TEST(PublishedPowerSumTest, TwoTermsOfGemstones) {
  READ_PUBLISHED_OR_SKIP(text, "gemstones.csv");
  RunFormat format;
  format.loss = "val_loss";
  format.where = {{"in_hot_le100b", "1"}};
  const auto table = ParseRuns(text, "gemstones.csv", format);
  ASSERT_TRUE(table.ok()) << table.status();
  ASSERT_EQ(table->rows(), 220);
  const auto fit =
      FitPowerSum(LogColumns(*table, {&table->params, &table->tokens}), {});
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_TRUE(fit->converged) << fit->problem;
  EXPECT_NEAR(fit->objective, 0.00198161281, 1e-10);
  EXPECT_NEAR(fit->law.alpha[0], 0.292892, 5e-4);
  EXPECT_NEAR(fit->law.alpha[1], 0.712979, 5e-4);
  EXPECT_NEAR(std::log(fit->law.e), 0.762303, 5e-4);
}

// The published optimum, 1.11878e-4, had not converged.
TEST(PublishedPowerSumTest, FourTermsOfGemstones) {
  READ_PUBLISHED_OR_SKIP(text, "gemstones.csv");
  RunFormat format;
  format.loss = "val_loss";
  format.where = {{"in_hot_le100b", "1"}};
  const auto table = ParseRuns(text, "gemstones.csv", format);
  ASSERT_TRUE(table.ok()) << table.status();
  PowerSumOptions options;
  options.loss.huber_delta = 1e-4;
  const auto fit =
      FitPowerSum(LogColumns(*table, {&table->width, &table->depth,
                                      &table->params, &table->tokens}),
                  options);
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_TRUE(fit->converged) << fit->problem;
  EXPECT_LE(fit->objective, 1.1140380e-4);
}

}  // namespace
}  // namespace isoshape
