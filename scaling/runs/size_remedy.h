#ifndef ISOSHAPE_SCALING_RUNS_SIZE_REMEDY_H_
#define ISOSHAPE_SCALING_RUNS_SIZE_REMEDY_H_

#include <functional>
#include <string>
#include <utility>

#include "common/threads/thread_scope.h"
#include "scaling/runs/runs.h"

namespace isoshape {

// Which sizes to run so that the best one of a compute is seen. Who asks for
// sizes on a side names the kind, and RemedyText has the words, since which can
// be run depends on whose runs they are. Sizes between others can all be run.
enum class SizeRemedy {
  kNone,
  kSmaller,  // than all that were tried
  kLarger,
  kFurther,  // on either side, or more runs of the same
  kOther,    // any other
  kMore,     // such as between them
  kMoreOrSeeds,
  kNearer,  // to the best
};

// The smallest or the largest size that was tried at a compute.
struct SizeTried {
  double flops = 0;
  double size = 0;  // N in `measure`; 0: of runs whose shapes are not known
  SizeMeasure measure = SizeMeasure::kParams;
};

// Both.
struct SizesTried {
  double flops = 0;
  double smallest = 0, largest = 0;
  SizeMeasure measure = SizeMeasure::kParams;
};

// Those of the runs of at least 1 / `factor` of the largest compute. There is a
// row.
SizesTried TriedAtLargest(const Runs& runs, double factor);

// Which sizes cannot be run: those that a campaign's space does not have.
//
//   const SizeBounds bounds(…);
//   const SizeBounds::Scope scope(&bounds);
//   … = FitLaw(runs, options);  // asks for no size that there cannot be
class SizeBounds {
 public:
  // Why no size beyond the one tried, smaller or larger, can be run, and what
  // to do instead, in a clause; empty if one can.
  using NoneBeyond =
      std::function<std::string(const SizeTried& tried, bool smaller)>;

  // Without a function runs can be of any size.
  explicit SizeBounds(NoneBeyond none_beyond)
      : none_beyond_(std::move(none_beyond)) {}

  // While it lives they hold for what this thread fits and predicts: what is
  // fitted does not depend on it, only how it is said.
  using Scope = ThreadScope<const SizeBounds>;

  // By the bounds of this thread.
  static std::string OfThread(const SizesTried& tried, bool smaller);

 private:
  const NoneBeyond none_beyond_;
};

// Why none of the sizes that are asked for can be run, and what to do instead,
// in a clause; empty if some can, or if none are asked for.
std::string NoneToRun(SizeRemedy remedy, const SizesTried& tried);

// `run smaller sizes`, or what NoneToRun says; empty for kNone.
std::string RemedyText(SizeRemedy remedy, const SizesTried& tried);
// `run smaller sizes`, whatever the bounds.
std::string RemedyText(SizeRemedy remedy);

// `problem; remedy`.
std::string WithRemedy(std::string problem, const std::string& remedy);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_RUNS_SIZE_REMEDY_H_
