#include "messages/analysis/estimate_proto.h"

namespace isoshape {

void SetEstimate(const Interval& interval, double level,
                 const std::string& method, v1::Estimate* estimate) {
  estimate->set_value(interval.value);
  if (interval.lower) estimate->set_lower(*interval.lower);
  if (interval.upper) estimate->set_upper(*interval.upper);
  estimate->set_level(level);
  estimate->set_method(method);
}

void SetEstimate(const BootstrapEstimate& from, double level,
                 const std::string& method, v1::Estimate* estimate) {
  SetEstimate(from.percentile, level,
              method.empty() ? "" : method + ", percentile and BCa", estimate);
  if (from.bca.lower) estimate->set_bca_lower(*from.bca.lower);
  if (from.bca.upper) estimate->set_bca_upper(*from.bca.upper);
}

}  // namespace isoshape
