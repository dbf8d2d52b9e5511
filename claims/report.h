#ifndef ISOSHAPE_CLAIMS_REPORT_H_
#define ISOSHAPE_CLAIMS_REPORT_H_

#include <map>
#include <string>
#include <vector>

#include "isoshape/v1/claim.pb.h"

namespace isoshape {

// A report of claims in words, for every form in which it is shown.

// `supported`, `contradicted`, `not decided at this scale`.
std::string VerdictText(const v1::PartResult& part);

// `0.48 [0.45, 0.51]`; `-` if no two seeds tell it. Factors with a times sign.
std::string EffectText(const v1::ClaimPart& part, const v1::PartResult& result);

// Returns what a reader must know of a part beside the figure: its p-value, why
// there is no verdict, what would decide it, the machine. Sentences.
std::vector<std::string> RemarksOn(const v1::PartResult& result);

// `3 of 4 parts supported, 1 contradicted`.
std::string ClaimSummary(const v1::ClaimResult& result);

// When, on what and with how many FLOPs, one sentence.
std::string ReportBasis(const v1::ClaimsReport& report);

// What came out against its statement, a sentence for each claim with such a
// part; empty if nothing did.
std::vector<std::string> CameOutOtherwise(const v1::ClaimsReport& report);

// A picture beside a report.
struct ReportPicture {
  std::string path;     // as the page links it
  std::string caption;  // one sentence
};

// What a report has beside what the runs say.
struct ReportExtras {
  // What the reader must know of how it was measured, a paragraph each.
  std::vector<std::string> notes;
  std::vector<ReportPicture> pictures;                      // of all claims
  std::map<std::string, ReportPicture> pictures_of_claims;  // by their ids
};

// The report as Markdown, wrapped at 120 columns but for tables.
std::string ClaimsMarkdown(const v1::ClaimsReport& report,
                           const ReportExtras& extras = {});

}  // namespace isoshape

#endif  // ISOSHAPE_CLAIMS_REPORT_H_
