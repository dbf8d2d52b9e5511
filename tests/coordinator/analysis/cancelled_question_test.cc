// Each kind of question, cancelled in the middle, is left where it is. What it
// does is counted in looks whether it is cancelled, of which each piece of work
// makes one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/threads/cancellation.h"
#include "coordinator/analysis/campaign_figure.h"
#include "coordinator/analysis/campaign_law.h"
#include "coordinator/analysis/campaign_predict.h"
#include "coordinator/services/cached_call.h"
#include "machine/cpus.h"
#include "tests/coordinator/services/law_campaign_fixture.h"

namespace isoshape {
namespace {

using Law = v1::FitLawRequest;
using Kind = v1::Figure;

// On which each look takes a second.
class CountingClock : public Clock {
 public:
  absl::Time Now() override { return absl::UnixEpoch(); }
  absl::Duration Elapsed() override { return absl::Seconds(++looks_); }
  void Sleep(absl::Duration) override {}
  int64_t looks() const { return looks_; }

 private:
  std::atomic<int64_t> looks_ = 0;
};

struct Case {
  std::string name;
  int resamples = 0;
  AnalysisQuestion (*ask)(int resamples);
};
std::ostream& operator<<(std::ostream& out, const Case& one) {
  return out << one.name;
}

template <Law::Law law>
AnalysisQuestion Fit(int resamples) {
  v1::FitLawRequest request;
  request.set_campaign(kCampaign);
  request.set_law(law);
  request.set_resamples(resamples);
  return MakeQuestion(request, &FitLawOfResults);
}

v1::PredictShapeRequest PredictRequest(int resamples, Law::Law law) {
  v1::PredictShapeRequest request;
  request.set_campaign(kCampaign);
  request.set_law(law);
  request.set_resamples(resamples);
  return request;
}

template <Law::Law law>
AnalysisQuestion Predict(int resamples) {
  return MakeQuestion(PredictRequest(resamples, law), &PredictFromResults);
}

AnalysisQuestion PredictRun(int resamples) {
  v1::PredictShapeRequest request =
      PredictRequest(resamples, Law::LAW_UNSPECIFIED);
  request.mutable_run()->set_depth(4);
  request.mutable_run()->set_width(96);
  request.mutable_run()->set_tokens(1e7);
  return MakeQuestion(request, &PredictFromResults);
}

template <Kind::Kind kind, Law::Law law = Law::LAW_UNSPECIFIED>
AnalysisQuestion Draw(int resamples) {
  v1::GetFigureRequest request;
  request.set_campaign(kCampaign);
  request.set_kind(kind);
  request.set_law(law);
  request.set_resamples(resamples);
  return MakeQuestion(request, &FigureOfResults);
}

class CancelledQuestionTest : public LawCampaign,
                              public testing::WithParamInterface<Case> {
 protected:
  void SetUp() override {
    LawCampaign::SetUp();
    AddLawResults();
    auto results = ReadCampaignResults(*store_, kCampaign);
    ASSERT_TRUE(results.ok()) << results.status();
    results_ = *std::move(results);
  }

  // How often it was looked whether the question is cancelled, which it is from
  // the look `last` on.
  int64_t LooksOf(int resamples, int64_t last) {
    results_.memo = std::make_shared<FitMemo>();
    CountingClock clock;
    const Cancellation cancellation(absl::Seconds(last), &clock);
    const Cancellation::Scope scope(&cancellation);
    const AnalysisAnswer answer =
        AnswerFrom(results_, GetParam().ask(resamples));
    EXPECT_TRUE(answer.ok() || clock.looks() >= last) << answer.status();
    return clock.looks();
  }

  CampaignResults results_;
};

TEST_P(CancelledQuestionTest, IsLeftWhereItIs) {
  constexpr int64_t kNever = 1'000'000'000;
  const int resamples = GetParam().resamples;
  const int64_t whole = LooksOf(resamples, kNever);
  // More resamples are more pieces, or they would be one that has no end.
  EXPECT_GE(LooksOf(2 * resamples, kNever) - whole, resamples / 64);
  for (const int64_t last : {whole / 8, whole / 2}) {
    // Whatever has begun looks once more, and so does each figure of it; a fit
    // begins on all processors.
    EXPECT_LT(LooksOf(resamples, last),
              last + whole / 8 + int64_t{4} * UsableCpus())
        << "of " << whole;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, CancelledQuestionTest,
    testing::Values(
        Case{"FitParametric", 100, &Fit<Law::LAW_PARAMETRIC>},
        Case{"FitShape", 50, &Fit<Law::LAW_SHAPE>},
        Case{"FitIsoflop", 1000, &Fit<Law::LAW_ISOFLOP>},
        Case{"FitEnvelope", 1000, &Fit<Law::LAW_ENVELOPE>},
        Case{"FitMethods", 100, &Fit<Law::LAW_METHODS>},
        Case{"FitSurface", 4000, &Fit<Law::LAW_SURFACE>},
        Case{"PredictByTheFirst", 100, &Predict<Law::LAW_UNSPECIFIED>},
        Case{"PredictByParametric", 100, &Predict<Law::LAW_PARAMETRIC>},
        Case{"PredictByShape", 50, &Predict<Law::LAW_SHAPE>},
        Case{"PredictByIsoflop", 1000, &Predict<Law::LAW_ISOFLOP>},
        Case{"PredictBySurface", 4000, &Predict<Law::LAW_SURFACE>},
        Case{"PredictARun", 100, &PredictRun},
        Case{"DrawIsoflop", 1000, &Draw<Kind::ISOFLOP>},
        Case{"DrawTrends", 1000, &Draw<Kind::TRENDS>},
        Case{"DrawMethods", 100, &Draw<Kind::METHODS>},
        Case{"DrawEnvelope", 1000, &Draw<Kind::ENVELOPE>},
        Case{"DrawAspect", 1000, &Draw<Kind::ASPECT>},
        Case{"DrawResiduals", 100, &Draw<Kind::RESIDUALS>},
        Case{"DrawSurface", 4000, &Draw<Kind::SURFACE, Law::LAW_SURFACE>},
        Case{"DrawPrediction", 100, &Draw<Kind::PREDICTION>}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace isoshape
