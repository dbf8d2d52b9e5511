#include "cli/console/measured_speed.h"

#include <algorithm>
#include <map>
#include <vector>

#include "cli/console/campaign_reads.h"
#include "common/status/status_macros.h"
#include "shape/synthetic_task.h"

namespace isoshape {
namespace {

// Campaigns and trials of one that are looked at, at most: a check is to be
// answered at once.
constexpr int64_t kMaxCampaigns = 20;
constexpr int64_t kMaxTrials = 200;

// What the trials on one device have trained, and for how long.
struct Work {
  double flops = 0;
  double seconds = 0;
};

absl::StatusOr<std::map<std::string, Work>> WorkByDevice(Client& client) {
  ISOSHAPE_ASSIGN_OR_RETURN(const v1::ListCampaignsResponse campaigns,
                            ListCampaigns(client, kMaxCampaigns));
  std::map<std::string, Work> work;
  for (const v1::Campaign& campaign : campaigns.campaigns()) {
    if (campaign.trial_counts().succeeded() == 0) continue;
    ISOSHAPE_ASSIGN_OR_RETURN(
        const std::vector<v1::Trial> trials,
        ListTrials(client, campaign.name(), kMaxTrials, v1::Trial::SUCCEEDED));
    for (const v1::Trial& trial : trials) {
      const v1::ShapeCard& card = trial.shape_card();
      if (card.flops() <= 0 || card.wall_seconds() <= 0) continue;
      Work& on_device = work[card.device_name()];
      on_device.flops += card.flops();
      on_device.seconds += card.wall_seconds();
    }
  }
  return work;
}

// Whether trials on this dataset may go to the worker.
bool Serves(const v1::Worker& worker, const std::string& dataset) {
  const std::string name = IsSyntheticName(dataset) ? "synthetic" : dataset;
  return worker.state() == v1::Worker::ONLINE && !worker.draining() &&
         std::find(worker.datasets().begin(), worker.datasets().end(), name) !=
             worker.datasets().end();
}

}  // namespace

absl::StatusOr<MeasuredSpeed> SpeedFor(Client& client,
                                       const v1::Campaign& campaign) {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::vector<v1::Worker> workers,
                            ListWorkers(client));
  MeasuredSpeed speed;
  std::map<std::string, Work> work;
  bool read = false;
  for (const v1::Worker& worker : workers) {
    if (!Serves(worker, campaign.dataset())) continue;
    if (!read) {
      ISOSHAPE_ASSIGN_OR_RETURN(work, WorkByDevice(client));
      read = true;
    }
    const auto found = work.find(worker.device_name());
    if (found == work.end()) {
      speed.unmeasured = worker.device_name();
    } else {
      speed.slots += worker.slots();
      speed.flops_per_second +=
          worker.slots() * found->second.flops / found->second.seconds;
    }
  }
  return speed;
}

}  // namespace isoshape
