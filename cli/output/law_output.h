#ifndef ISOSHAPE_CLI_OUTPUT_LAW_OUTPUT_H_
#define ISOSHAPE_CLI_OUTPUT_LAW_OUTPUT_H_

#include <google/protobuf/repeated_field.h>

#include <ostream>
#include <string>

#include "isoshape/v1/analysis_service.pb.h"

namespace isoshape {

// A law of a campaign or of a file, as people read it.
void PrintLaw(const v1::FitLawResponse& law, std::ostream& out);

// Figures with their intervals, which predictions have too; nothing if there
// are none.
void PrintFigures(
    const std::string& title,
    const google::protobuf::RepeatedPtrField<v1::LawFigure>& figures,
    std::ostream& out);

// Says how to train what was found: `next: isoshape train c1 --best ...`.
void PrintNextTraining(const std::string& campaign, const std::string& which,
                       const std::string& variant, std::ostream& out);

// Says how to ask for a shape: `next: isoshape predict c1 ...`.
void PrintNextPrediction(const std::string& campaign,
                         const std::string& variant, std::ostream& out);

// Runs worth adding, which predictions have too; nothing if there are none.
void PrintAdvice(
    const google::protobuf::RepeatedPtrField<v1::AdvisedRun>& advice,
    std::ostream& out);

// An interval, `[0.44, 0.61]`, an end that is missing as `?`; empty without
// both.
std::string PercentileText(const v1::Estimate& estimate);

// The warnings and, if trials have ended since that the answer does not know,
// how many; a line each.
void PrintWarnings(
    const google::protobuf::RepeatedPtrField<std::string>& warnings,
    const v1::DataBasis& basis, std::ostream& out);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_OUTPUT_LAW_OUTPUT_H_
