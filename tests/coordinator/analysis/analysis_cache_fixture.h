#ifndef ISOSHAPE_TESTS_COORDINATOR_ANALYSIS_ANALYSIS_CACHE_FIXTURE_H_
#define ISOSHAPE_TESTS_COORDINATOR_ANALYSIS_ANALYSIS_CACHE_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/notification.h"
#include "coordinator/analysis/analysis_cache.h"
#include "coordinator/analysis/analysis_question.h"
#include "messages/json/proto_time.h"
#include "tests/coordinator/memory_store.h"

namespace isoshape {

inline constexpr char kCampaign[] = "campaigns/c1";

// The number of trials that the results hold, as an answer.
inline AnalysisAnswer Count(const CampaignResults& results) {
  auto response = std::make_shared<v1::FitLawResponse>();
  response->set_trials(static_cast<int>(results.runs.rows()));
  return response;
}

// What an asker received.
struct Received {
  absl::Notification done;
  absl::Status status;
  int trials = -1;
  v1::DataBasis basis;
};

// One whose readers may be held after they have read a campaign's row.
class HeldStore : public MemoryStore {
 public:
  absl::StatusOr<v1::Campaign> GetCampaign(absl::string_view name) override {
    auto row = MemoryStore::GetCampaign(name);
    if (after_row) after_row();
    return row;
  }

  absl::StatusOr<std::vector<v1::Trial>> ListTrials(
      absl::string_view campaign, std::optional<v1::Trial::State> state,
      const Page<int64_t>& page) override {
    ++pages;
    return MemoryStore::ListTrials(campaign, state, page);
  }

  std::function<void()> after_row;  // set while nothing is read
  std::atomic<int> pages = 0;       // of trials that were read
};

class AnalysisCacheTest : public testing::Test {
 protected:
  AnalysisCacheTest() {
    v1::Campaign campaign;
    campaign.set_name(kCampaign);
    *campaign.mutable_create_time() = ToProto(absl::FromUnixSeconds(1));
    EXPECT_TRUE(store_.Commit({PutCampaign{campaign}}).ok());
    options_.store = &store_;
    options_.clock = &clock_;
    options_.threads = 1;
    options_.before_read = [this](const std::string&) {
      ++readings_;
      if (hold_read_ != nullptr) hold_read_->WaitForNotification();
    };
  }

  void Start() { cache_ = std::make_unique<AnalysisCache>(options_); }

  static v1::Trial MakeTrial(int64_t number, v1::Trial::State state) {
    v1::Trial trial;
    trial.set_name(std::string(kCampaign) + "/trials/" +
                   std::to_string(number));
    trial.set_state(state);
    trial.set_budget_flops(1e11);
    trial.set_flops_per_token(6e4);
    trial.set_tokens(1000);
    trial.mutable_shape()->set_depth(2);
    trial.mutable_shape()->set_width(32);
    trial.mutable_shape_card()->set_validation_loss(2);
    return trial;
  }

  // Commits trials, and tells the cache if it is there.
  void Succeed(int count) {
    std::vector<Mutation> mutations;
    mutations.reserve(count);
    for (int i = 0; i < count; ++i) {
      mutations.push_back(PutTrial{MakeTrial(++trials_, v1::Trial::SUCCEEDED)});
    }
    ASSERT_TRUE(store_.Commit(mutations).ok());
    if (cache_ != nullptr) cache_->OnCommit(mutations);
  }

  std::shared_ptr<Received> Ask(AnalysisQuestion question,
                                const void* asker = nullptr) {
    auto received = std::make_shared<Received>();
    if (question.campaign.empty()) question.campaign = kCampaign;
    if (question.compute == nullptr) question.compute = Count;
    cache_->Ask(
        question,
        [received](const AnalysisAnswer& answer, const v1::DataBasis& basis) {
          received->status = answer.status();
          if (answer.ok()) {
            received->trials =
                static_cast<const v1::FitLawResponse&>(**answer).trials();
          }
          received->basis = basis;
          received->done.Notify();
        },
        asker);
    return received;
  }
  std::shared_ptr<Received> Wait(AnalysisQuestion question) {
    auto received = Ask(std::move(question));
    received->done.WaitForNotification();
    return received;
  }

  HeldStore store_;
  FakeClock clock_;  // does not move: a renewal takes no time
  AnalysisCache::Options options_;
  std::atomic<int> readings_ = 0;
  absl::Notification* hold_read_ = nullptr;  // set while nothing is read
  int trials_ = 0;
  std::unique_ptr<AnalysisCache> cache_;  // last: stops first
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_COORDINATOR_ANALYSIS_ANALYSIS_CACHE_FIXTURE_H_
