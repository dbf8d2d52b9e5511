#ifndef ISOSHAPE_REPORT_REPORT_SECTIONS_H_
#define ISOSHAPE_REPORT_REPORT_SECTIONS_H_

#include <string>

#include "report/make_report.h"
#include "report/report_data.h"

namespace isoshape {

// The sections of a report, in its order, as HTML.

// Says what to train, in sentences, and what to know before believing it.
std::string SummaryHtml(const ReportData& data);
// Every figure that the trials allow; the reasons of the others.
std::string FiguresHtml(const ReportData& data);
// Best shapes, optima of the budgets, laws, prediction with its runners-up.
std::string ResultsHtml(const ReportData& data);
// All that the campaign was asked, and the commands that make it again.
std::string SetupHtml(const ReportData& data, const ReportOptions& options);
// Every trial, packed for the script.
std::string TrialsHtml(const ReportData& data);

}  // namespace isoshape

#endif  // ISOSHAPE_REPORT_REPORT_SECTIONS_H_
