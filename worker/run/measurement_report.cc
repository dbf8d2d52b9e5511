#include "worker/run/measurement_report.h"

#include <algorithm>
#include <cstddef>

#include "common/net/request_id.h"

namespace isoshape {

v1::ReportMeasurementsRequest TakeReport(v1::ReportMeasurementsRequest head,
                                         std::vector<v1::Measurement>* points) {
  head.set_request_id(NewRequestId());
  const auto end = points->begin() + static_cast<std::ptrdiff_t>(std::min(
                                         points->size(), kMaxMeasurements));
  head.mutable_measurements()->Add(points->begin(), end);
  points->erase(points->begin(), end);
  return head;
}

}  // namespace isoshape
