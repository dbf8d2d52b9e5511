#include "messages/estimate_proto.h"

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
  SetEstimate(from.percentile, level, method + ", percentile and BCa",
              estimate);
  if (from.bca.lower) estimate->set_bca_lower(*from.bca.lower);
  if (from.bca.upper) estimate->set_bca_upper(*from.bca.upper);
}

void SetFigure(const LawFigure& from, double level, const std::string& method,
               v1::LawFigure* figure) {
  figure->set_name(from.name);
  figure->set_meaning(from.meaning);
  figure->set_unidentified(from.unidentified);
  const BootstrapEstimate& estimate = from.estimate;
  figure->set_value(estimate.value);
  SetEstimate(estimate.percentile, level, method + ", percentile",
              figure->mutable_percentile());
  SetEstimate(estimate.bca, level, method + ", BCa", figure->mutable_bca());
  figure->set_standard_error(estimate.standard_error);
  figure->set_resamples(estimate.resamples);
  figure->set_failed(estimate.failed);
}

}  // namespace isoshape
