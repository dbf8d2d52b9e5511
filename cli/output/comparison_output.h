#ifndef ISOSHAPE_CLI_OUTPUT_COMPARISON_OUTPUT_H_
#define ISOSHAPE_CLI_OUTPUT_COMPARISON_OUTPUT_H_

#include <ostream>

#include "isoshape/v1/analysis_service.pb.h"

namespace isoshape {

// Each variant beside the reference: a line for all pairs, and one for each
// shape and budget.
void PrintComparisons(const v1::CompareVariantsResponse& response,
                      std::ostream& out);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_OUTPUT_COMPARISON_OUTPUT_H_
