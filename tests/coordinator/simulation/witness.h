#ifndef ISOSHAPE_TESTS_COORDINATOR_SIMULATION_WITNESS_H_
#define ISOSHAPE_TESTS_COORDINATOR_SIMULATION_WITNESS_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "coordinator/scheduler/scheduler.h"
#include "isoshape/v1/campaign_service.pb.h"
#include "isoshape/v1/worker_service.pb.h"
#include "storage/store.h"
#include "tests/coordinator/simulation/timeline.h"

namespace isoshape {

// Sees what the coordinator answered, once it was committed, and knows nothing
// else of it; says when an answer contradicts those before it, or when what is
// stored contradicts an answer:
//   no acknowledged write is lost; no trial is completed twice or lost; no
//   stale token is accepted; a request that is sent again gets the answer of
//   before; budgets are kept.
class Witness {
 public:
  explicit Witness(Timeline* timeline) : timeline_(*timeline) {}

  // One overload for each kind of call that it remembers.
  void Committed(const v1::CreateCampaignRequest& request,
                 const absl::StatusOr<v1::Campaign>& answer);
  void Committed(const v1::DeleteCampaignRequest& request,
                 const absl::StatusOr<google::protobuf::Empty>& answer);
  void Committed(const v1::CreateTrialRequest& request,
                 const absl::StatusOr<v1::Trial>& answer);
  void Committed(const v1::ImportTrialsRequest& request,
                 const absl::StatusOr<v1::ImportTrialsResponse>& answer);
  void Committed(const v1::RetryTrialRequest& request,
                 const absl::StatusOr<v1::Trial>& answer);
  void Committed(const v1::LeaseTrialsRequest& request,
                 const absl::StatusOr<v1::LeaseTrialsResponse>& answer);
  void Committed(const v1::HeartbeatRequest& request,
                 const absl::StatusOr<v1::HeartbeatResponse>& answer);
  void Committed(const v1::BatchHeartbeatRequest& request,
                 const absl::StatusOr<v1::BatchHeartbeatResponse>& answer);
  void Committed(const v1::ReportMeasurementsRequest& request,
                 const absl::StatusOr<v1::ReportMeasurementsResponse>& answer);
  void Committed(const v1::CompleteTrialRequest& request,
                 const absl::StatusOr<v1::CompleteTrialResponse>& answer);
  void Committed(const v1::ReleaseTrialRequest& request,
                 const absl::StatusOr<v1::ReleaseTrialResponse>& answer);
  template <typename Request, typename Response>
  void Committed(const Request&, const absl::StatusOr<Response>&) {}

  // A report is under way: its points may be stored, whatever is answered.
  void Sent(const v1::ReportMeasurementsRequest& request);

  // All that was acknowledged is there.
  void CheckAll(Store& store, const Scheduler& scheduler);
  // At the end, when every campaign is over.
  void CheckEnd(Store& store, const Scheduler& scheduler);

  int64_t completed() const { return completions_; }
  int64_t refused() const { return refused_; }
  int64_t replays() const { return replays_; }
  bool Knows(const std::string& campaign) const {
    return campaigns_.contains(campaign);
  }
  const std::set<std::string>& campaigns() const { return campaigns_; }
  // Trials that have a result, by name.
  std::string AnyCompleted();

 private:
  struct Result {
    v1::Trial::State state = v1::Trial::STATE_UNSPECIFIED;
    double loss = 0;
    int64_t token = 0;
  };
  struct Points {
    std::map<int64_t, std::set<double>> sent;  // by step: train losses
    std::set<int64_t> acknowledged;
  };

  // False if the request failed or was answered before, with a complaint if
  // that answer was another one.
  bool IsFirst(const std::string& method, const std::string& request_id,
               const absl::Status& status, const std::string& answer);
  // The token must be the newest of the trial.
  void CheckToken(const std::string& call, const std::string& trial,
                  int64_t token);
  void CheckTrial(Store& store, const v1::Trial& trial);
  void CheckPoints(Store& store, const v1::Trial& trial);

  Timeline& timeline_;
  std::set<std::string> campaigns_;
  std::set<std::string> deleted_;
  std::map<std::string, int64_t> newest_;  // by trial: token
  std::map<int64_t, std::string> tokens_;  // by token: trial
  std::map<std::string, Result> results_;
  std::map<std::string, int> retries_;
  std::set<std::string> made_by_user_;
  std::map<std::pair<std::string, int64_t>, Points> points_;  // trial, token
  std::map<std::pair<std::string, std::string>, std::string> answers_;
  int64_t completions_ = 0;
  int64_t refused_ = 0;
  int64_t replays_ = 0;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_COORDINATOR_SIMULATION_WITNESS_H_
