#include "figures/parts/figure_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "figures/parts/figure_kind.h"
#include "tests/figures/figure_checks.h"

namespace isoshape {
namespace {

using testing::HasSubstr;
using v1::Figure;
using Request = v1::GetFigureRequest;

TEST(FigureKindTest, NamesAreThoseOfTheProtoInLowerCase) {
  EXPECT_EQ(FigureKindNames().size(), 12);
  EXPECT_EQ(FigureKindNames().front(), "isoflop");
  for (const std::string& name : FigureKindNames()) {
    EXPECT_EQ(FigureKindName(KindNamed(name)), name);
  }
}

TEST(FigureOptionsTest, EveryKindIsAllowedByItself) {
  for (const std::string& name : FigureKindNames()) {
    Request request;
    request.set_kind(KindNamed(name));
    EXPECT_TRUE(CheckFigureRequest(request).ok()) << name;
  }
}

TEST(FigureOptionsTest, RefusesWhatAKindDoesNotUseByTheNameOfTheField) {
  const std::vector<std::pair<std::string, std::function<void(Request&)>>>
      fields = {
          {"budget_flops", [](Request& r) { r.set_budget_flops(1e12); }},
          {"law", [](Request& r) { r.set_law(v1::FitLawRequest::LAW_SHAPE); }},
          {"target_flops", [](Request& r) { r.set_target_flops(1e12); }},
          {"isoflop_rule",
           [](Request& r) {
             r.set_isoflop_rule(v1::FitLawRequest::ISOFLOP_RULE_AKIMA);
           }},
          {"resamples", [](Request& r) { r.set_resamples(10); }},
          {"seed", [](Request& r) { r.set_seed(1); }},
          {"level", [](Request& r) { r.set_level(0.9); }},
          {"trials", [](Request& r) { r.add_trials(1); }},
          {"cost", [](Request& r) { r.set_cost(v1::SHAPE_COST_PARAMETERS); }}};
  for (const auto& [field, set] : fields) {
    Request request;
    request.set_kind(Figure::PROGRESS);
    set(request);
    const absl::Status status = CheckFigureRequest(request);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << field;
    EXPECT_THAT(status.message(), HasSubstr(field + " is set"));
    EXPECT_THAT(status.message(), HasSubstr("progress"));
  }
}

TEST(FigureOptionsTest, RefusesWhatIsOutOfRange) {
  const std::vector<std::pair<std::string, std::function<void(Request&)>>>
      wrong = {
          {"kind 0", [](Request& r) { r.clear_kind(); }},
          {"kind 99",
           [](Request& r) { r.set_kind(static_cast<Figure::Kind>(99)); }},
          {"level 1", [](Request& r) { r.set_level(1); }},
          {"level -0.5", [](Request& r) { r.set_level(-0.5); }},
          {"level nan", [](Request& r) { r.set_level(NAN); }},
          {"resamples -1", [](Request& r) { r.set_resamples(-1); }},
          {"resamples 100001", [](Request& r) { r.set_resamples(100001); }},
          {"target_flops inf",
           [](Request& r) { r.set_target_flops(INFINITY); }},
          {"target_flops -1", [](Request& r) { r.set_target_flops(-1); }},
          {"max_marks 99", [](Request& r) { r.set_max_marks(99); }},
          {"max_marks 100001", [](Request& r) { r.set_max_marks(100001); }},
          {"isoflop_rule 77", [](Request& r) {
             r.set_isoflop_rule(
                 static_cast<v1::FitLawRequest::IsoflopRule>(77));
           }}};
  for (const auto& [text, set] : wrong) {
    Request request;
    request.set_kind(Figure::TRENDS);
    set(request);
    const absl::Status status = CheckFigureRequest(request);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(status.message(), HasSubstr(text));
  }
}

TEST(FigureOptionsTest, RefusesALawThatAFigureCannotBeDrawnBy) {
  Request request;
  request.set_kind(Figure::SURFACE);
  request.set_law(v1::FitLawRequest::LAW_ENVELOPE);
  EXPECT_THAT(CheckFigureRequest(request).message(),
              HasSubstr("law envelope cannot draw the figure surface"));
  request.set_law(v1::FitLawRequest::LAW_ISOFLOP);
  EXPECT_FALSE(CheckFigureRequest(request).ok());
  request.set_kind(Figure::PREDICTION);
  EXPECT_TRUE(CheckFigureRequest(request).ok());
}

TEST(FigureOptionsTest, RefusesTrialsThatAreNoneOrTooMany) {
  Request request;
  request.set_kind(Figure::CURVES);
  request.add_trials(0);
  EXPECT_THAT(CheckFigureRequest(request).message(), HasSubstr("trials has 0"));
  request.clear_trials();
  for (int i = 1; i <= 1001; ++i) request.add_trials(i);
  EXPECT_THAT(CheckFigureRequest(request).message(),
              HasSubstr("trials names 1001"));
}

}  // namespace
}  // namespace isoshape
