#include "coordinator/estimate_proto.h"

namespace isoshape {

void SetEstimate(const Interval& interval, double level,
                 const std::string& method, v1::Estimate* estimate) {
  estimate->set_value(interval.value);
  if (interval.lower) estimate->set_lower(*interval.lower);
  if (interval.upper) estimate->set_upper(*interval.upper);
  estimate->set_level(level);
  estimate->set_method(method);
}

}  // namespace isoshape
