#ifndef ISOSHAPE_WORKER_RUN_MEASUREMENT_REPORT_H_
#define ISOSHAPE_WORKER_RUN_MEASUREMENT_REPORT_H_

#include <stddef.h>

#include <vector>

#include "isoshape/v1/worker_service.pb.h"

namespace isoshape {

// Points in one request (worker_service.proto).
inline constexpr size_t kMaxMeasurements = 1000;

// Moves the first points, as many as one request may have, into a report that
// says whose they are as `head` does, with a request_id of its own.
v1::ReportMeasurementsRequest TakeReport(v1::ReportMeasurementsRequest head,
                                         std::vector<v1::Measurement>* points);

}  // namespace isoshape

#endif  // ISOSHAPE_WORKER_RUN_MEASUREMENT_REPORT_H_
