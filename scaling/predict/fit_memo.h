#ifndef ISOSHAPE_SCALING_PREDICT_FIT_MEMO_H_
#define ISOSHAPE_SCALING_PREDICT_FIT_MEMO_H_

#include "scaling/isoflop/envelope.h"
#include "scaling/isoflop/isoflop.h"
#include "scaling/predict/predict_law.h"
#include "scaling/reports/law_options.h"
#include "scaling/reports/law_report.h"
#include "scaling/runs/runs.h"
#include "scaling/statistics/bootstrap.h"
#include "scaling/statistics/shared_fits.h"

namespace isoshape {

// Fits of one table of runs by its options. What the fits are made of is shared
// too, among them and with all that is computed in a scope of the memo.
//
//   FitMemo memo;
//   auto fit = memo.Isoflop(runs, options);  // the same `runs` in every call
class FitMemo : public SharedFits {
 public:
  // FitIsoflop by the rule, resamples, seed and level of the options.
  Made<IsoflopFit> Isoflop(const Runs& runs, const LawOptions& options);
  // BootstrapEnvelope.
  Made<Bootstrap<EnvelopeFit>> Envelope(const Runs& runs,
                                        const LawOptions& options);
  // FitLaw.
  Made<LawReport> Report(const Runs& runs, const LawOptions& options);
  // PredictByLaw of the options' law for training at a compute, FLOPs.
  Made<LawPrediction> ByLaw(const Runs& runs, const LawOptions& options,
                            double flops);
  // The law of the runs of at most a quarter of the largest compute alone
  // (WellBelowLargest), for the largest. FAILED_PRECONDITION if there are none.
  Made<LawPrediction> FromWellBelow(const Runs& runs,
                                    const LawOptions& options);
};

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_PREDICT_FIT_MEMO_H_
