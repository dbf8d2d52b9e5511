#ifndef ISOSHAPE_COORDINATOR_LOG_CHANGES_H_
#define ISOSHAPE_COORDINATOR_LOG_CHANGES_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "storage/store.h"

namespace isoshape {

// Writes to the log what people are told of commits: events of campaigns,
// trials without a result, workers that register, drain or are forgotten, and
// what is deleted, each with who asked for it; at level `debug` every change of
// a trial too. Of what a planner says with each trial of a campaign only what
// is new is told, other numbers in the same words at `debug` alone. Not
// thread-safe.
class ChangeWriter {
 public:
  // For Executor::Options::on_commit.
  void Write(const std::vector<Mutation>& commit);

 private:
  // How a campaign that has not ended was when it was told of last.
  struct Told {
    std::string note;  // of its planner
    v1::Campaign::State state = v1::Campaign::STATE_UNSPECIFIED;
  };
  struct Visitor;

  void WriteCampaign(const v1::CampaignEvent& event);

  absl::flat_hash_map<std::string, Told> told_;  // by campaign
  // Of this commit, by campaign.
  absl::flat_hash_map<absl::string_view, absl::string_view> notes_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_LOG_CHANGES_H_
