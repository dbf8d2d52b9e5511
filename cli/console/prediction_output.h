#ifndef ISOSHAPE_CLI_CONSOLE_PREDICTION_OUTPUT_H_
#define ISOSHAPE_CLI_CONSOLE_PREDICTION_OUTPUT_H_

#include <nlohmann/json.hpp>
#include <ostream>
#include <vector>

#include "scaling/predict/predict_law.h"

namespace isoshape {

// A prediction from a file of runs, as programs read it (docs/cli.md).
nlohmann::ordered_json PredictionToJson(const LawPrediction& prediction);

// The same as people read it.
void PrintPrediction(const LawPrediction& prediction, std::ostream& out);

// Shapes with what they cost beside the best, which comes first.
void PrintPricedShapes(const std::vector<PricedShape>& shapes,
                       std::ostream& out);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_CONSOLE_PREDICTION_OUTPUT_H_
