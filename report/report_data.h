#ifndef ISOSHAPE_REPORT_REPORT_DATA_H_
#define ISOSHAPE_REPORT_REPORT_DATA_H_

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "isoshape/v1/analysis_service.pb.h"
#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/campaign_service.pb.h"
#include "isoshape/v1/figure.pb.h"
#include "report/make_report.h"

namespace isoshape {

// The data that a report is made of. An analysis that the trials do not allow
// is a status that says what is missing; it is told in the report.
struct ReportData {
  v1::Campaign campaign;
  // If not empty, what all is of is the runs of this file, and no campaign.
  std::string file = {};
  absl::StatusOr<v1::ListTrialTableResponse> table =
      absl::UnavailableError("not asked");
  absl::StatusOr<v1::ListBestShapesResponse> best =
      absl::UnavailableError("not asked");
  absl::StatusOr<v1::PredictShapeResponse> prediction =
      absl::UnavailableError("not asked");
  // Runs that were trained elsewhere and imported, and the names that begin
  // their sources (their files), in order of appearance; none if redacted.
  int64_t imported = 0;
  std::vector<std::string> imported_from = {};  // at most kMaxImportedFrom
  size_t more_imported_from = 0;
  bool imported_by_files = true;  // all of imported_from are files
  // There are no other trials.
  bool imported_alone = false;
  // Fits by isoFLOP curves, then by the parametric law.
  std::vector<absl::StatusOr<v1::FitLawResponse>> laws = {};
  std::vector<std::pair<v1::Figure::Kind, absl::StatusOr<v1::Figure>>> figures =
      {};
};

// Asks a coordinator. NOT_FOUND if there is no such campaign; other errors if
// it does not answer.
absl::StatusOr<ReportData> ReadReportData(
    const std::shared_ptr<grpc::ChannelInterface>& channel,
    const ReportOptions& options);

}  // namespace isoshape

#endif  // ISOSHAPE_REPORT_REPORT_DATA_H_
