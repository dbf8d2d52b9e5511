#ifndef ISOSHAPE_SEARCH_OPTIMUM_WORDS_H_
#define ISOSHAPE_SEARCH_OPTIMUM_WORDS_H_

#include <string>

#include "search/optimum/forecast.h"
#include "search/optimum/question.h"

namespace isoshape {

// Why a run was chosen, one sentence: what it does to the expected regret, what
// it costs, of what it tells, and where it lies.
std::string ReasonFor(const OptimumQuestion& question,
                      const OptimumDecision& decision,
                      const OptimumChoice& choice);

// How things stand, one line: the expected regret and its bound, the answer so
// far and how sure it is, what is uncertain still, and what more FLOPs would
// buy. `runs` are those of the decision, `all` is the forecast until the
// tolerance is reached, and who `gives_up` proposes nothing more: then it says
// what else there is to do.
std::string NoteOn(const OptimumQuestion& question,
                   const std::vector<OptimumRun>& runs,
                   const OptimumDecision& decision, const OptimumForecast& all,
                   bool gives_up);

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_OPTIMUM_WORDS_H_
