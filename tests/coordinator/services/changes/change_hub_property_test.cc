// Whatever happens, who applies the batches has the state.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>

#include "messages/names/resource_name.h"
#include "tests/coordinator/services/changes/change_hub_fixture.h"

namespace isoshape {
namespace {

// Whatever is committed, deleted and reconnected in between, who applies the
// batches in their order has what the store has.
TEST_F(ChangeHubTest, PropertyWhoAppliesTheBatchesHasTheState) {
  for (const unsigned seed : {1u, 2u, 3u, 4u}) {
    std::mt19937 random(seed);
    Restart(/*ring=*/seed % 2 == 0 ? 8 : 100);
    // By campaign: trials with their seeds.
    std::map<std::string, std::map<int64_t, double>> model;
    int64_t after = 0;
    std::unique_ptr<FakeWatcher> watcher;
    const auto read_anew = [&] {
      model.clear();
      const auto campaigns = store_.ListCampaigns({});
      for (const v1::Campaign& campaign : *campaigns) {
        auto& trials = model[campaign.name()];
        const auto rows = store_.ListTrials(campaign.name(), {}, {});
        for (const v1::Trial& trial : *rows) {
          trials[ParseTrialName(trial.name())->number] =
              static_cast<double>(trial.seed());
        }
      }
    };
    const auto apply = [&](const v1::ChangeBatch& batch) {
      EXPECT_GE(batch.sequence(), after);
      after = batch.sequence();
      if (batch.reset()) return read_anew();
      for (const v1::CampaignChange& change : batch.changes()) {
        const std::string& name = change.campaign().name();
        if (change.deleted()) {
          model.erase(name);
          continue;
        }
        auto& trials = model[name];
        for (int i = 0; i < change.trials_size(); ++i) {
          trials[change.trials(i)] = change.columns(1).numbers(i);
        }
      }
    };
    read_anew();
    after = sequence_;
    std::set<int> there;
    for (int c = 0; c < 3; ++c) {
      if (store_.GetCampaign(Name(c)).ok()) there.insert(c);
    }
    for (int step = 0; step < 200; ++step) {
      const int campaign = static_cast<int>(random() % 3);
      switch (random() % 12) {
        case 0:
          if (there.erase(campaign) > 0) DeleteOf(campaign);
          break;
        case 1:
          if (watcher != nullptr) watcher->CancelAndWait();
          watcher.reset();
          break;
        case 2:
          if (watcher != nullptr) watcher->CancelAndWait();
          watcher.reset();
          Restart(seed % 2 == 0 ? 8 : 100);
          break;
        case 3:
        case 4:
          if (watcher == nullptr && sequence_ > 0) {
            // 0 would be from now on.
            if (after == 0) read_anew();
            watcher = Watch(Request(after == 0 ? sequence_ : after, true));
            apply(watcher->Take());
          }
          break;
        default:
          if (there.insert(campaign).second) {
            PutCampaignOf(campaign);
          } else {
            PutTrialOf(campaign, static_cast<int64_t>(random() % 5 + 1),
                       random() % 2 == 0);
          }
      }
    }
    if (watcher == nullptr) watcher = Watch(Request(after, true));
    // The last change of all ends the wait.
    PutCampaignOf(9);
    while (after < sequence_) apply(watcher->Take());
    const auto told = model;
    read_anew();
    EXPECT_EQ(told, model) << "seed " << seed;
    watcher->CancelAndWait();
    watcher.reset();
    DeleteOf(9);
  }
}

}  // namespace
}  // namespace isoshape
