#ifndef ISOSHAPE_COORDINATOR_SERVICES_CACHED_CALL_H_
#define ISOSHAPE_COORDINATOR_SERVICES_CACHED_CALL_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <type_traits>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/status/grpc_status.h"
#include "coordinator/analysis/analysis_cache.h"
#include "coordinator/analysis/analysis_question.h"
#include "coordinator/analysis/campaign_results.h"
#include "messages/campaign/campaign_variants.h"
#include "messages/checks/field_limits.h"

namespace isoshape {

// Calls that the cache answers.

// The question that a request asks, answered by `compute`, which maps results
// and the request to an absl::StatusOr of a response.
template <typename Request, typename Compute>
AnalysisQuestion MakeQuestion(const Request& request, const Compute& compute) {
  AnalysisQuestion question;
  question.campaign = request.campaign();
  question.wait_for_newest = request.wait_for_newest();
  Request plain = request;
  plain.clear_wait_for_newest();
  if constexpr (requires { plain.variant(); }) {
    // One question whether the variant is named or not.
    if (plain.variant() == kBaseVariant) plain.clear_variant();
    question.choice.variant = plain.variant();
  }
  if constexpr (requires { plain.imported(); }) {
    question.choice.imported = plain.imported();
  }
  // The request is kept with its answer.
  if (absl::Status status = AdmitRequest(&plain); !status.ok()) {
    question.key = absl::StrCat("refused: ", status.message());
    question.compute = [status](const CampaignResults&) -> AnalysisAnswer {
      return status;
    };
    return question;
  }
  question.key =
      absl::StrCat(Request::descriptor()->name(), plain.SerializeAsString());
  question.compute = [plain = std::move(plain), compute](
                         const CampaignResults& results) -> AnalysisAnswer {
    auto response = compute(results, plain);
    if (!response.ok()) return response.status();
    using Response = std::decay_t<decltype(*response)>;
    return std::make_shared<const Response>(*std::move(response));
  };
  return question;
}

// A call that is answered when the cache answers its question, and that
// abandons the question when its client has gone or waits no longer. Deletes
// itself.
template <typename Response>
class CachedCall final : public grpc::ServerUnaryReactor {
 public:
  CachedCall(AnalysisCache* cache, Response* response)
      : cache_(cache), response_(response) {}

  // To be called once, as the last thing that is done with the call.
  void Ask(const AnalysisQuestion& question) {
    cache_->Ask(
        question,
        [this](const AnalysisAnswer& answer, const v1::DataBasis& basis) {
          if (answer.ok()) {
            response_->CopyFrom(**answer);
            // A figure says itself how many of its rows are shown.
            const v1::DataBasis own = response_->basis();
            *response_->mutable_basis() = basis;
            response_->mutable_basis()->MergeFrom(own);
          }
          Finish(ToGrpcStatus(answer.status()));
        },
        this);
  }

  void OnCancel() override { cache_->Abandon(this); }
  void OnDone() override { delete this; }

 private:
  AnalysisCache* const cache_;
  Response* const response_;
};

// Answers the call when the cache answers the question.
template <typename Response>
grpc::ServerUnaryReactor* AnswerFromCache(AnalysisCache* cache,
                                          const AnalysisQuestion& question,
                                          Response* response) {
  auto* const call = new CachedCall<Response>(cache, response);
  call->Ask(question);
  return call;
}

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SERVICES_CACHED_CALL_H_
