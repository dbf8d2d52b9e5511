#ifndef ISOSHAPE_MESSAGES_ANALYSIS_LAW_PROTO_H_
#define ISOSHAPE_MESSAGES_ANALYSIS_LAW_PROTO_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "common/status/status_macros.h"
#include "isoshape/v1/analysis_service.pb.h"
#include "scaling/reports/law_options.h"
#include "scaling/reports/law_report.h"
#include "scaling/reports/recipe_comparison.h"
#include "scaling/runs/runs.h"

namespace isoshape {

// Laws of scaling/ and the messages that ask for them and tell of them.

v1::FitLawRequest::Law ToProto(Law law);
// INVALID_ARGUMENT for LAW_UNSPECIFIED, whose meaning depends on the request,
// and for a number that is not known here.
absl::StatusOr<Law> FromProto(v1::FitLawRequest::Law law);
v1::FitLawRequest::IsoflopRule ToProto(OptimumMethod rule);
// UNSPECIFIED is the default; INVALID_ARGUMENT if it is not known.
absl::StatusOr<OptimumMethod> FromProto(v1::FitLawRequest::IsoflopRule rule);

// What a request asks of a fit, zeros replaced by what they stand for; on one
// thread. INVALID_ARGUMENT if a field is out of range.
absl::StatusOr<LawOptions> ToLawOptions(const v1::FitLawRequest& request);
SizeMeasure ToSizeMeasure(v1::FitLawRequest::Size size);

v1::LawFigure ToProto(const LawFigure& figure, double level,
                      const std::string& method);
v1::FitLawResponse ToProto(const LawReport& report);
v1::RecipeFits::EqualTest ToProto(const EqualTest& test);

v1::FitLawRequest::Prior PriorToProto(bool weak);
// UNSPECIFIED is none; INVALID_ARGUMENT if it is not known.
absl::StatusOr<bool> IsWeak(v1::FitLawRequest::Prior prior);

// The options that requests for fits and for predictions share, as above.
absl::StatusOr<LawOptions> MakeLawOptions(int resamples, int64_t seed,
                                          double level,
                                          double max_budget_flops);
template <typename Request>
absl::StatusOr<LawOptions> ToSharedOptions(const Request& request) {
  ISOSHAPE_ASSIGN_OR_RETURN(
      LawOptions options,
      MakeLawOptions(request.resamples(), request.seed(), request.level(),
                     request.max_budget_flops()));
  ISOSHAPE_ASSIGN_OR_RETURN(options.rule, FromProto(request.isoflop_rule()));
  ISOSHAPE_ASSIGN_OR_RETURN(options.weak_prior, IsWeak(request.prior()));
  options.tie_exponents = request.tie_exponents();
  options.free_gamma = request.free_gamma();
  return options;
}

}  // namespace isoshape

#endif  // ISOSHAPE_MESSAGES_ANALYSIS_LAW_PROTO_H_
