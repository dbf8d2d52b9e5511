#ifndef ISOSHAPE_REPORT_MAKE_REPORT_H_
#define ISOSHAPE_REPORT_MAKE_REPORT_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace isoshape {

struct ReportData;

struct ReportOptions {
  std::string campaign;  // `campaigns/c1`
  // Leaves out what may name machines or people: workers, devices, errors,
  // labels.
  bool redact = false;
  // Fits and figures are also of the runs that were imported; of a campaign
  // without runs of its own they are so unasked.
  bool imported = false;
  // Called as parts are asked of the coordinator, by one thread at a time: how
  // many are there, of how many, and what is waited for now.
  std::function<void(int done, int total, const std::string& waits_for)>
      progress = {};
};

// A campaign as one HTML file that needs nothing else: no server, no network.
// It holds what was found in sentences, the figures as SVG that follow light
// and dark, tables, everything that the campaign was asked, the commands that
// make it again, and every trial, which a script of the file's own sorts and
// filters. What the trials do not allow yet is said, not drawn. What users
// wrote is escaped.
//
// NOT_FOUND if there is no such campaign, UNAVAILABLE if the coordinator does
// not answer. Takes as long as the fits do, of which two are asked at a time.
// Without gnuplot there is a sentence instead of the figures.
absl::StatusOr<std::string> MakeReport(
    const std::shared_ptr<grpc::ChannelInterface>& channel,
    const ReportOptions& options);

// The same of data that are there (report_data.h).
std::string ReportOf(const ReportData& data, const ReportOptions& options);

}  // namespace isoshape

#endif  // ISOSHAPE_REPORT_MAKE_REPORT_H_
