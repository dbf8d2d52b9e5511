#ifndef ISOSHAPE_CLI_OUTPUT_PREDICTION_OUTPUT_H_
#define ISOSHAPE_CLI_OUTPUT_PREDICTION_OUTPUT_H_

#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "isoshape/v1/analysis_service.pb.h"
#include "scaling/runs/runs.h"

namespace isoshape {

// A prediction from a campaign or a file, as people read it. `measure` is what
// its N is; `limited`: the question limits shapes, which are then compared with
// the best within the limits, as a column says.
void PrintPrediction(const v1::PredictShapeResponse& prediction,
                     SizeMeasure measure, bool limited, std::ostream& out);

// A prediction that is refused, as a line of JSON: `code`, `message` and, if
// each law was asked, `laws`, each with its whole `reason`.
std::string RefusalJson(const absl::Status& refused);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_OUTPUT_PREDICTION_OUTPUT_H_
