#ifndef ISOSHAPE_CLI_DEMO_DEMO_PROGRESS_H_
#define ISOSHAPE_CLI_DEMO_DEMO_PROGRESS_H_

#include <ostream>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "cli/output/progress.h"
#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/trial.pb.h"

namespace isoshape {

// FLOPs of the demo's trials that are not proposed yet: those that the search
// is expected to propose, and those that check the prediction.
double FlopsToCome(const v1::Campaign& campaign,
                   const std::vector<v1::Trial>& trials);

// Shows how far the demo is: a line for each trial that has ended and, on a
// terminal, a bar below them. Not thread-safe.
class DemoProgress {
 public:
  DemoProgress(std::ostream& out, bool terminal)
      : out_(out), terminal_(terminal), bar_(out) {}

  // Takes what is known of the campaign `now`.
  void Show(const v1::Campaign& campaign, const std::vector<v1::Trial>& trials,
            absl::Time now);
  // A line of text above the bar.
  void Note(const std::string& line);
  // Takes the bar away.
  void Finish() { bar_.Clear(); }

 private:
  std::ostream& out_;
  const bool terminal_;
  CampaignProgress progress_;
  ProgressLine bar_;
  bool started_ = false;
};

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_DEMO_DEMO_PROGRESS_H_
