#ifndef ISOSHAPE_MESSAGES_ANALYSIS_ESTIMATE_PROTO_H_
#define ISOSHAPE_MESSAGES_ANALYSIS_ESTIMATE_PROTO_H_

#include <string>

#include "isoshape/v1/analysis_service.pb.h"
#include "scaling/statistics/intervals.h"

namespace isoshape {

// A number of scaling/ with its interval, in the service's form; ends that are
// not identified are absent.
void SetEstimate(const Interval& interval, double level,
                 const std::string& method, v1::Estimate* estimate);

// The percentile interval, and BCa beside it.
void SetEstimate(const BootstrapEstimate& from, double level,
                 const std::string& method, v1::Estimate* estimate);

}  // namespace isoshape

#endif  // ISOSHAPE_MESSAGES_ANALYSIS_ESTIMATE_PROTO_H_
