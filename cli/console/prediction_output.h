#ifndef ISOSHAPE_CLI_CONSOLE_PREDICTION_OUTPUT_H_
#define ISOSHAPE_CLI_CONSOLE_PREDICTION_OUTPUT_H_

#include <ostream>

#include "isoshape/v1/analysis_service.pb.h"

namespace isoshape {

// A prediction from a campaign or a file, as people read it.
void PrintPrediction(const v1::PredictShapeResponse& prediction,
                     std::ostream& out);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_CONSOLE_PREDICTION_OUTPUT_H_
