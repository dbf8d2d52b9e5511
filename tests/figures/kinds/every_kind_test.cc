// What holds of every kind of figure, whatever it is drawn from.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

#include "figures/build_figure.h"
#include "figures/parts/figure_kind.h"
#include "tests/figures/figure_checks.h"
#include "tests/scaling/synthetic_runs.h"

namespace isoshape {
namespace {

using testing::HasSubstr;
using v1::Figure;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// A campaign's worth of data, of which a test changes what it likes.
struct Campaign {
  Runs runs;
  std::vector<int64_t> numbers;
  std::vector<SideTrial> side;
  std::vector<v1::RankedShape> shapes;
  std::vector<v1::Curve> curves;
  std::vector<TrialSpan> spans;

  FigureData Data() const {
    return {.name = "campaigns/c1",
            .runs = &runs,
            .numbers = numbers,
            .side = side,
            .shapes = shapes,
            .space = BudgetSpace{.space = {},
                                 .tokens_per_step =
                                     [](double) { return int64_t{2048}; }},
            .curves = curves,
            .matching_curves = static_cast<int64_t>(curves.size()),
            .spans = spans,
            .planned_flops = 1e12,
            .now = 1000};
  }
};

void AddCurve(int64_t trial, double budget, double size, v1::Trial::State state,
              Campaign& campaign) {
  v1::Curve& curve = campaign.curves.emplace_back();
  curve.set_trial(trial);
  curve.set_budget_flops(budget);
  curve.set_size(size);
  curve.set_state(state);
  for (int i = 0; i <= 10; ++i) {
    curve.add_tokens(int64_t{1000} * i);
    curve.add_flops(6e3 * size * i);
    curve.add_train_loss(i == 5 ? kNaN : 5.0 / (i + 1));
    curve.add_validation_loss(i % 5 == 0 ? 5.1 / (i + 1) : kNaN);
  }
  curve.set_points(11);
}

// Trials that are no row of the table: failed, in training, a verification.
void AddOtherTrials(Campaign& campaign) {
  campaign.side = {{.why = SideTrial::Why::kVerification,
                    .number = 900,
                    .budget = 2.5e11,
                    .flops = 2.5e11,
                    .size = 2e4,
                    .tokens = 2.5e11 / 6 / 2e4,
                    .depth = 2,
                    .width = 28,
                    .loss = 2.1},
                   {.why = SideTrial::Why::kFailed,
                    .number = 901,
                    .budget = 2.5e11,
                    .flops = 2.5e11,
                    .size = 2e4,
                    .tokens = 1e6,
                    .depth = 3,
                    .width = 30}};
  campaign.spans.push_back({.state = v1::Trial::FAILED,
                            .flops = 1e10,
                            .start = 500,
                            .end = 600,
                            .lost_leases = 2});
  campaign.spans.push_back(
      {.state = v1::Trial::LEASED, .flops = 1e10, .start = 900, .end = kNaN});
  AddCurve(901, 2.5e11, 2e4, v1::Trial::DIVERGED, campaign);
}

Campaign MakeCampaign(int budgets, int ratios = 3) {
  Campaign campaign;
  Runs& runs = campaign.runs;
  double budget = 2.5e11;
  int64_t number = 0;
  for (int b = 0; b < budgets; ++b, budget *= 3) {
    const double centre = BestSize(FlooredPowerLaw, budget);
    for (int i = 0; i < 7; ++i) {
      for (int r = 0; r < (i == 3 ? ratios : 1); ++r) {
        const int layers = 2 + (i + r) / 2;
        const double depth = layers;
        const double size = centre * std::pow(25, (i - 3) / 6.0);
        const double width = std::round(std::sqrt(size / depth / 12));
        const double noise = 0.002 * std::sin(37.0 * ++number);
        AddRun(budget, size,
               FlooredPowerLaw(size, budget / 6 / size) + noise + 0.003 * r * r,
               runs, depth + r, width - r);
        runs.loss_stderr.push_back(0.003);
        campaign.numbers.push_back(number);
        v1::RankedShape& shape = campaign.shapes.emplace_back();
        shape.set_budget_flops(budget);
        shape.set_validation_loss(runs.loss.back());
        shape.set_parameters(static_cast<int64_t>(size));
        shape.mutable_shape()->set_depth(static_cast<int64_t>(depth));
        shape.mutable_shape()->set_width(static_cast<int64_t>(width));
        shape.add_trials("campaigns/c1/trials/1");
        if (i % 2 == 0) shape.set_decode_seconds(1e-3 * (i + 1));
        campaign.spans.push_back({.state = v1::Trial::SUCCEEDED,
                                  .flops = budget,
                                  .start = 10.0 * number,
                                  .end = 10.0 * number + 8});
        AddCurve(number, budget, size, v1::Trial::SUCCEEDED, campaign);
      }
    }
  }
  AddOtherTrials(campaign);
  return campaign;
}

class EveryKindTest : public testing::TestWithParam<std::string> {
 protected:
  static v1::GetFigureRequest Request() {
    v1::GetFigureRequest request;
    request.set_kind(KindNamed(GetParam()));
    if (request.kind() != Figure::CURVES && request.kind() != Figure::PARETO &&
        request.kind() != Figure::PROGRESS) {
      request.set_resamples(50);
    }
    return request;
  }
};

TEST_P(EveryKindTest, IsDrawnFromACampaign) {
  const Campaign campaign = MakeCampaign(4);
  for (const bool show_failed : {false, true}) {
    v1::GetFigureRequest request = Request();
    request.set_show_failed(show_failed);
    const auto figure = BuildFigure(campaign.Data(), request);
    ASSERT_TRUE(figure.ok()) << figure.status();
    CheckFigure(*figure);
    EXPECT_EQ(FigureKindName(figure->kind()), GetParam());
    EXPECT_THAT(figure->title(), HasSubstr("campaigns/c1"));
    EXPECT_GT(figure->drawn(), 0);
  }
}

TEST_P(EveryKindTest, IsTheSameTwice) {
  const Campaign campaign = MakeCampaign(3);
  const auto first = BuildFigure(campaign.Data(), Request());
  const auto second = BuildFigure(campaign.Data(), Request());
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first->SerializeAsString(), second->SerializeAsString());
}

TEST_P(EveryKindTest, OneOrTwoBudgetsGiveAFigureOrSayWhatIsMissing) {
  for (const int budgets : {1, 2}) {
    const Campaign campaign = MakeCampaign(budgets, 1);
    const auto figure = BuildFigure(campaign.Data(), Request());
    if (figure.ok()) {
      CheckFigure(*figure);
    } else {
      EXPECT_EQ(figure.status().code(), absl::StatusCode::kFailedPrecondition)
          << figure.status();
    }
  }
}

TEST_P(EveryKindTest, OneRunGivesAFigureOrSaysWhatIsMissing) {
  Campaign campaign;
  AddRun(1e11, 2e4, 2.5, campaign.runs);
  const auto figure = BuildFigure(campaign.Data(), Request());
  if (figure.ok()) {
    CheckFigure(*figure);
  } else {
    EXPECT_EQ(figure.status().code(), absl::StatusCode::kFailedPrecondition)
        << figure.status();
  }
}

TEST_P(EveryKindTest, WithoutAnythingItSaysWhatIsMissing) {
  const Campaign campaign;
  const auto figure = BuildFigure(campaign.Data(), Request());
  EXPECT_EQ(figure.status().code(), absl::StatusCode::kFailedPrecondition)
      << figure.status();
  EXPECT_THAT(figure.status().message(), HasSubstr("campaigns/c1"));
}

TEST_P(EveryKindTest, ColoursCountTheBudgetsInEveryFigure) {
  const Campaign campaign = MakeCampaign(3);
  const auto figure = BuildFigure(campaign.Data(), Request());
  ASSERT_TRUE(figure.ok()) << figure.status();
  if (figure->kind() == Figure::CURVES) {
    EXPECT_THAT(figure->color_label(), HasSubstr("size"));
    return;
  }
  EXPECT_THAT(figure->color_label(), HasSubstr("budget"));
  EXPECT_THAT(figure->color_values(),
              testing::ElementsAre(2.5e11, 7.5e11, 2.25e12));
}

TEST(ProgressFigureTest, NothingSpentIsAtTheFootOfAnAxisOfWholeNumbers) {
  Campaign campaign = MakeCampaign(4);
  campaign.spans = {
      {.state = v1::Trial::FAILED, .flops = 0, .start = 500, .end = 600}};
  v1::GetFigureRequest request;
  request.set_kind(Figure::PROGRESS);
  const auto figure = BuildFigure(campaign.Data(), request);
  ASSERT_TRUE(figure.ok()) << figure.status();
  for (const v1::FigurePanel& panel : figure->panels()) {
    EXPECT_GT(panel.y().min(), -0.5) << panel.title();
    EXPECT_GE(panel.y().max(), 1) << panel.title();
  }
}

// Failed and diverged trials were two lines of one look.
TEST(ProgressFigureTest, LinesOfSeveralStatesHaveTheirNamesAtTheirEnds) {
  Campaign campaign = MakeCampaign(4);
  campaign.spans = {
      {.state = v1::Trial::FAILED, .flops = 0, .start = 500, .end = 600},
      {.state = v1::Trial::DIVERGED, .flops = 1e9, .start = 500, .end = 700}};
  v1::GetFigureRequest request;
  request.set_kind(Figure::PROGRESS);
  const auto figure = BuildFigure(campaign.Data(), request);
  ASSERT_TRUE(figure.ok()) << figure.status();
  for (const v1::FigurePanel& panel : figure->panels()) {
    ASSERT_EQ(panel.series_size(), 2) << panel.title();
    for (const v1::FigureSeries& line : panel.series()) {
      EXPECT_TRUE(line.write_labels());
      ASSERT_EQ(line.labels_size(), line.x_size());
      EXPECT_THAT(line.labels(line.labels_size() - 1),
                  testing::EndsWith(line.name()));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, EveryKindTest,
                         testing::ValuesIn(FigureKindNames()),
                         [](const auto& kind) { return kind.param; });

// A figure of many panels has as many points as one of one.
TEST(ResidualsFigureTest, ItsPanelsShareTheMarksThatAreAllowed) {
  Runs runs;
  for (int i = 0; i < 600; ++i) {
    const double budget = 1e11 * std::pow(3, i % 3);
    const double size = 1e4 * std::pow(1.02, i / 3);
    AddRun(
        budget, size,
        FlooredPowerLaw(size, budget / 6 / size) + 0.002 * std::sin(37.0 * i),
        runs);
  }
  v1::GetFigureRequest request;
  request.set_kind(Figure::RESIDUALS);
  request.set_resamples(50);
  request.set_max_marks(300);
  const auto figure = BuildFigure({.name = "c", .runs = &runs}, request);
  ASSERT_TRUE(figure.ok()) << figure.status();
  ASSERT_EQ(figure->panels_size(), 4);
  int points = 0;
  for (const v1::FigurePanel& panel : figure->panels()) {
    for (const v1::FigureSeries& series : panel.series()) {
      if (series.role() == v1::FigureSeries::MEASURED)
        points += series.x_size();
    }
  }
  EXPECT_LE(points, 320);
  EXPECT_GE(points, 200);
  EXPECT_EQ(figure->total(), 600);
  EXPECT_THAT(figure->thinning(), HasSubstr("of 600"));
}

}  // namespace
}  // namespace isoshape
