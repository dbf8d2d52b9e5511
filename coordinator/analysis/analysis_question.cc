#include "coordinator/analysis/analysis_question.h"

#include "common/status/out_of_memory.h"
#include "common/status/status_macros.h"
#include "coordinator/analysis/space_bounds.h"
#include "scaling/runs/size_remedy.h"
#include "scaling/statistics/shared_fits.h"

namespace isoshape {
namespace {

// No answer asks for sizes that the campaign cannot run.
AnalysisAnswer WithinSpace(const CampaignResults& results,
                           const AnalysisQuestion& question) {
  const SizeBounds bounds = SpaceBounds(results.campaign);
  const SizeBounds::Scope scope(&bounds);
  return question.compute(results);
}

}  // namespace

AnalysisAnswer AnswerFrom(const CampaignResults& results,
                          const AnalysisQuestion& question) {
  // What one answer fits is there for the next.
  const SharedFits::Scope scope(results.memo.get());
  return UnlessOutOfMemory([&]() -> AnalysisAnswer {
    if (question.of_all) return WithinSpace(results, question);
    ISOSHAPE_ASSIGN_OR_RETURN(const CampaignResults* const of_variant,
                              ChosenResults(results, question.choice));
    return WithinSpace(*of_variant, question);
  });
}

}  // namespace isoshape
