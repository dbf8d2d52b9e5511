// Answers published with data that are not part of this project: read from
// $ISOSHAPE_PUBLISHED_DATA, or shared/data beside the checkout.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "scaling/isoflop/isoflop.h"
#include "tests/scaling/synthetic_runs.h"

namespace isoshape {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

using Row = std::map<std::string, std::string>;

std::vector<Row> ReadTable(const std::string& name) {
  const char* set = std::getenv("ISOSHAPE_PUBLISHED_DATA");
  const std::string folder = set != nullptr ? set : ISOSHAPE_PUBLISHED_DATA;
  std::ifstream file(folder + "/" + name);
  const auto cells = [](const std::string& line) {
    std::vector<std::string> out;
    std::stringstream stream(line);
    for (std::string cell; std::getline(stream, cell, ',');) {
      out.push_back(cell);
    }
    return out;
  };
  std::vector<Row> rows;
  std::string line;
  if (!std::getline(file, line)) return rows;
  const std::vector<std::string> header = cells(line);
  while (std::getline(file, line)) {
    const std::vector<std::string> values = cells(line);
    Row& row = rows.emplace_back();
    for (size_t i = 0; i < header.size() && i < values.size(); ++i) {
      row[header[i]] = values[i];
    }
  }
  return rows;
}

double Number(const Row& row, const std::string& column) {
  return std::stod(row.at(column));
}

struct Surface {
  double a, b, e, alpha, beta;
  double Loss(double size, double tokens) const {
    return e + a / std::pow(size, alpha) + b / std::pow(tokens, beta);
  }
  double BestSize(double flops) const {
    return std::pow(alpha * a / (beta * b), 1 / (alpha + beta)) *
           std::pow(flops / 6, beta / (alpha + beta));
  }
};

// The method itself is biased where the sizes are off centre: the answers are
// those of the biased method, to the digit.
TEST(PublishedDataTest, FullRangeParabolaEqualsTheNoiseFreeAnswers) {
  const std::vector<Row> rows = ReadTable("isoflop_noise_free.csv");
  if (rows.empty()) GTEST_SKIP() << "no isoflop_noise_free.csv";
  const std::map<std::string, Surface> surfaces = {
      {"Symmetric", {400, 400, 1.69, 0.31, 0.31}},
      {"Chinchilla", {406.4, 410.7, 1.69, 0.34, 0.28}},
      {"Asymmetric", {406.4, 410.7, 1.69, 0.465, 0.155}}};
  IsoflopOptions options;
  options.window = IsoflopOptions::Window::kFullRange;
  options.resamples = 0;
  for (const Row& row : rows) {
    const Surface& surface = surfaces.at(row.at("surface"));
    const double half_range = Number(row, "log10_half_range");
    std::vector<ScalingPoint> points;
    for (int exponent = 17; exponent <= 21; ++exponent) {
      const double flops = std::pow(10, exponent);
      const double centre =
          surface.BestSize(flops) / Number(row, "center_scale") /
          std::pow(10, Number(row, "drift_rate") * (exponent - 17) / 4);
      for (int i = 0; i < 15; ++i) {
        const double size =
            centre * std::pow(10, half_range * (2.0 * i / 14 - 1));
        points.push_back(
            MakePoint(flops, size, surface.Loss(size, flops / 6 / size)));
      }
    }
    const auto fit = FitIsoflop(points, options);
    ASSERT_TRUE(fit.ok()) << fit.status();
    SCOPED_TRACE(row.at("config") + " " + row.at("surface") + " " +
                 row.at("grid"));
    const double exponent = Number(row, "fitted_token_exponent");
    EXPECT_NEAR(fit->tokens->exponent.value / exponent, 1, 1e-9);
    const double size_exponent = Number(row, "fitted_param_exponent");
    EXPECT_NEAR(fit->size->exponent.value / size_exponent, 1, 1e-9);
    // Twelve digits were published.
    EXPECT_NEAR(fit->tokens->At(1e24) / Number(row, "fitted_tokens_at_1e24"), 1,
                1e-9);
    EXPECT_THAT(fit->warnings, Contains(HasSubstr("off the centre")));
  }
}

// Porian et al. 2024: exponents by another method (argmin of an Akima
// interpolant), so that agreement is expected within the method's noise.
TEST(PublishedDataTest, WindowedParabolaIsNearThePublishedExponents) {
  const std::vector<Row> rows = ReadTable("porian.csv");
  if (rows.empty()) GTEST_SKIP() << "no porian.csv";
  std::map<std::string, std::vector<ScalingPoint>> experiments;
  for (const Row& row : rows) {
    ScalingPoint point = MakePoint(Number(row, "flops"), Number(row, "params"),
                                   Number(row, "loss"));
    point.tokens = Number(row, "tokens");
    experiments[row.at("experiment")].push_back(point);
  }
  const std::map<std::string, double> published = {
      {"rw|tuned|short|const|standard|val", 0.4969},
      {"rw|base|short|kaplan|standard|val", 0.6020},
      {"owt2|base|long|kaplan|kaplan|train", 0.8635}};
  for (const auto& [name, exponent] : published) {
    const auto fit = FitIsoflop(experiments.at(name), {});
    ASSERT_TRUE(fit.ok()) << fit.status();
    SCOPED_TRACE(name);
    EXPECT_NEAR(fit->size->exponent.value, exponent, 0.02);
    EXPECT_LE(*fit->size->exponent.lower, exponent);
    EXPECT_GE(*fit->size->exponent.upper, exponent);
    EXPECT_NEAR(fit->size->exponent.value + fit->tokens->exponent.value, 1,
                1e-9);
  }
}

}  // namespace
}  // namespace isoshape
