#ifndef ISOSHAPE_CLI_DEMO_DEMO_REPORT_H_
#define ISOSHAPE_CLI_DEMO_DEMO_REPORT_H_

#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "cli/demo/demo.h"
#include "isoshape/v1/analysis_service.pb.h"
#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/trial.pb.h"

namespace isoshape {

// All that the demo measured and concluded.
struct DemoResult {
  v1::Campaign campaign;
  std::vector<v1::Trial> trials;
  v1::ListBestShapesResponse best;  // every shape, by budget and rank
  v1::FitLawResponse fit;           // isoFLOP
  v1::PredictShapeResponse prediction;
};

// `predicted for 6.75e12 FLOPs, before training it: 3x64, …`
std::string PredictionLine(const v1::PredictShapeResponse& prediction);

// Prints every trial, the optima, the trends, prediction against measurement,
// and how to look further. INTERNAL if the demo did not prove what it is to
// prove: a trial to check the prediction has no loss.
absl::Status PrintReport(const DemoOptions& options, const DemoResult& result,
                         std::ostream& out);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_DEMO_DEMO_REPORT_H_
