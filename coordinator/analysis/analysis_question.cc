#include "coordinator/analysis/analysis_question.h"

#include "common/status_macros.h"
#include "scaling/statistics/shared_fits.h"

namespace isoshape {

AnalysisAnswer AnswerFrom(const CampaignResults& results,
                          const AnalysisQuestion& question) {
  // What one answer fits is there for the next.
  const SharedFits::Scope scope(results.memo.get());
  if (question.of_all) return question.compute(results);
  ISOSHAPE_ASSIGN_OR_RETURN(const CampaignResults* const of_variant,
                            ResultsOfVariant(results, question.variant));
  return question.compute(*of_variant);
}

}  // namespace isoshape
