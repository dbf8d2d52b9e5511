#ifndef ISOSHAPE_TESTS_SCALING_PREDICT_DEMO_QUESTION_H_
#define ISOSHAPE_TESTS_SCALING_PREDICT_DEMO_QUESTION_H_

#include "scaling/predict/predict.h"
#include "tests/scaling/synthetic_runs.h"

namespace isoshape {

// A compute above the budgets of DemoRuns.
inline constexpr double kTarget = 27 * 2.5e11;

// The best shape at that compute, as the demo asks for it.
inline PredictionQuestion DemoQuestion(int resamples, double flops = kTarget) {
  PredictionQuestion question;
  question.flops = flops;
  question.fit.resamples = resamples;
  question.candidates.space.max_width = 1024;
  return question;
}

// Runs at 20 tokens a parameter alone, from which nothing but the loss along
// that line can be told; a thousandth off the law by turns.
inline Runs LadderRuns() {
  Runs runs;
  for (double size = 1e5; size < 1e7; size *= 1.6) {
    runs.size.push_back(size);
    runs.tokens.push_back(20 * size);
    runs.loss.push_back(FlooredPowerLaw(size, 20 * size) *
                        (runs.size.size() % 2 == 0 ? 1.001 : 0.999));
  }
  return runs;
}

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_SCALING_PREDICT_DEMO_QUESTION_H_
