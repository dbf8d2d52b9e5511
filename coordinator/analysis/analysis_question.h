#ifndef ISOSHAPE_COORDINATOR_ANALYSIS_ANALYSIS_QUESTION_H_
#define ISOSHAPE_COORDINATOR_ANALYSIS_ANALYSIS_QUESTION_H_

#include <google/protobuf/message.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "coordinator/analysis/campaign_results.h"
#include "isoshape/v1/analysis_service.pb.h"

namespace isoshape {

using AnalysisAnswer =
    absl::StatusOr<std::shared_ptr<const google::protobuf::Message>>;

// What a caller wants to know of a campaign's results.
struct AnalysisQuestion {
  std::string campaign{};  // `campaigns/{campaign}`
  ResultChoice choice{};   // of the campaign's results
  bool of_all = false;     // of all variants, whether `base` has some or not
  std::string key{};       // tells the questions about a campaign apart
  std::function<AnalysisAnswer(const CampaignResults&)> compute{};
  // Accept only an answer that rests on everything that was committed when
  // the question came.
  bool wait_for_newest = false;
  // Computing it takes less than a few milliseconds, so it is computed on the
  // caller's thread, from the results that are there.
  bool cheap = false;
};

// Answers the question from what was read of its campaign: by the results of
// its choice, or with their error (ChosenResults).
AnalysisAnswer AnswerFrom(const CampaignResults& results,
                          const AnalysisQuestion& question);

// Receives an answer and what it rests on.
using AnalysisDone =
    std::function<void(const AnalysisAnswer&, const v1::DataBasis&)>;

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_ANALYSIS_ANALYSIS_QUESTION_H_
