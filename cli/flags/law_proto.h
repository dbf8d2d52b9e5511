#ifndef ISOSHAPE_CLI_FLAGS_LAW_PROTO_H_
#define ISOSHAPE_CLI_FLAGS_LAW_PROTO_H_

#include "absl/status/statusor.h"
#include "cli/flags/law_flags.h"
#include "isoshape/v1/analysis_service.pb.h"
#include "scaling/predict/predict_law.h"
#include "scaling/reports/law_report.h"

namespace isoshape {

// What asks a coordinator for a law of a campaign, by the flags that FitLaw
// takes of a file.
v1::FitLawRequest ToFitLawRequest(const LawFlags& flags, Law law);

// A coordinator's answer in the form in which laws are printed.
LawReport FromProto(const v1::FitLawResponse& response);
LawFigure FromProto(const v1::LawFigure& figure);
PricedShape FromProto(const v1::PricedShape& shape);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_FLAGS_LAW_PROTO_H_
