#ifndef ISOSHAPE_CLI_COMMANDS_CAMPAIGNS_FOLLOW_CAMPAIGN_H_
#define ISOSHAPE_CLI_COMMANDS_CAMPAIGNS_FOLLOW_CAMPAIGN_H_

#include <cstdint>
#include <functional>
#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cli/console/client.h"

namespace isoshape {

struct FollowOptions {
  // Lines of events: text, or JSON objects if `json`.
  std::ostream* out = nullptr;
  // The progress bar if `bar`, and notices.
  std::ostream* err = nullptr;
  bool bar = false;
  bool json = false;
  // Only events with a larger sequence.
  int64_t after_sequence = 0;
  // What the planner said before, which the reader has seen.
  std::string planner_note;
  // How long to wait for a coordinator that is gone.
  absl::Duration patience = absl::Minutes(10);
  // Asked in between; true ends it. May be empty.
  std::function<bool()> interrupted;
};

// Follows a campaign until it ends, over restarts of the coordinator: OK if it
// is completed, FAILED_PRECONDITION if it ended incomplete or was cancelled,
// CANCELLED if `interrupted` said so, else what the coordinator answered.
// Without `bar` every event is a line, of what the planner says only what is
// new; with it the bar is drawn and only notices are printed.
absl::Status FollowCampaign(Client& client, const std::string& name,
                            const FollowOptions& options);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_COMMANDS_CAMPAIGNS_FOLLOW_CAMPAIGN_H_
