#ifndef ISOSHAPE_TESTS_COORDINATOR_SERVICES_LAW_CAMPAIGN_FIXTURE_H_
#define ISOSHAPE_TESTS_COORDINATOR_SERVICES_LAW_CAMPAIGN_FIXTURE_H_

#include <cmath>
#include <cstdint>
#include <string>

#include "tests/coordinator/services/analysis_service_fixture.h"

namespace isoshape {

// Trials by a law with a best aspect ratio of 20, and a little noise.
class LawCampaign : public AnalysisServiceTest {
 protected:
  // What the trials' size is worth at its aspect ratio's best.
  static double LawLossAt(double size, double budget, double departure = 0,
                          double bend = 0) {
    return 0.8 +
           25 * std::pow(size, -0.34) * (1 + bend * departure * departure) +
           60 * std::pow(budget / 6 / size, -0.31);
  }
  double LawLoss(const Shape& shape, double budget) const {
    return LawLossAt(EffectiveSize(shape), budget,
                     std::log(AspectRatio(shape) / 20), bend_);
  }

  void AddLawResults(int budgets = 3) {
    for (int b = 0; b < budgets; ++b) {
      for (const int64_t depth : {1, 2, 4, 7}) {
        for (const int64_t width : {32, 48, 80, 128}) {
          const Shape shape = MakeShape(depth, width);
          const double noise = 0.001 * std::sin(1.7 * ++noises_);
          AddTrial(shape, kBudgets[b],
                   LawLoss(shape, kBudgets[b]) * (1 + noise));
        }
      }
    }
  }

  v1::PredictShapeRequest Request() {
    v1::PredictShapeRequest request;
    request.set_campaign(kCampaign);
    request.set_resamples(100);
    return request;
  }

  double bend_ = 0.06;  // how much shape matters

 private:
  int noises_ = 0;
};

inline const v1::LawFigure& FigureOf(const v1::PredictShapeResponse& response,
                                     const std::string& name) {
  for (const v1::LawFigure& figure : response.figures()) {
    if (figure.name() == name) return figure;
  }
  ADD_FAILURE() << "no figure " << name;
  return v1::LawFigure::default_instance();
}

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_COORDINATOR_SERVICES_LAW_CAMPAIGN_FIXTURE_H_
