#ifndef ISOSHAPE_SCALING_PREDICT_FIT_MEMO_H_
#define ISOSHAPE_SCALING_PREDICT_FIT_MEMO_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "common/cancellation.h"
#include "scaling/isoflop/envelope.h"
#include "scaling/isoflop/isoflop.h"
#include "scaling/predict/predict_law.h"
#include "scaling/reports/law_options.h"
#include "scaling/reports/law_report.h"
#include "scaling/runs/runs.h"
#include "scaling/statistics/bootstrap.h"

namespace isoshape {

// Fits of one table of runs, each made once however many answers rest on it:
// figures, reports and predictions of the same runs then show the same
// resamples. The newest kMaxFits are kept. Thread-safe: who asks for a fit
// that is being made waits for it.
//
//   FitMemo memo;
//   auto fit = memo.Isoflop(runs, options);  // the same `runs` in every call
class FitMemo {
 public:
  template <typename T>
  using Made = absl::StatusOr<std::shared_ptr<const T>>;

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
  // The same from the runs of at most a quarter of the largest compute alone
  // (WellBelowLargest), for the largest. FAILED_PRECONDITION if there are none.
  Made<LawPrediction> FromWellBelow(const Runs& runs,
                                    const LawOptions& options);

  // What `compute` returns, a StatusOr<T>, made once for the key, which also
  // tells T. CANCELLED, and nothing is kept, if this thread's computation is
  // cancelled meanwhile.
  template <typename T, typename Compute>
  Made<T> Once(const std::string& key, const Compute& compute) {
    const std::shared_ptr<Entry> entry = Find(key);
    absl::MutexLock lock(&entry->mutex);
    if (!entry->made) {
      absl::StatusOr<T> value = compute();
      if (Cancelled()) return absl::CancelledError();
      entry->made = value.ok() ? absl::StatusOr<std::shared_ptr<const void>>(
                                     std::make_shared<T>(*std::move(value)))
                               : value.status();
    }
    if (!entry->made->ok()) return entry->made->status();
    return std::static_pointer_cast<const T>(**entry->made);
  }

 private:
  static constexpr int kMaxFits = 24;

  struct Entry {
    absl::Mutex mutex;
    std::optional<absl::StatusOr<std::shared_ptr<const void>>> made
        ABSL_GUARDED_BY(mutex);
    int64_t last_use = 0;  // guarded by the memo's mutex
  };

  std::shared_ptr<Entry> Find(const std::string& key)
      ABSL_LOCKS_EXCLUDED(mutex_);

  absl::Mutex mutex_;
  int64_t uses_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, std::shared_ptr<Entry>> entries_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_PREDICT_FIT_MEMO_H_
