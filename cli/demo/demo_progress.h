#ifndef ISOSHAPE_CLI_DEMO_DEMO_PROGRESS_H_
#define ISOSHAPE_CLI_DEMO_DEMO_PROGRESS_H_

#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/trial.pb.h"

namespace isoshape {

// Seeds of the shape that checks the prediction.
inline constexpr int64_t kVerificationSeeds = 2;

// What of the demo's FLOPs is done, trained and to come.
struct DemoWork {
  double done = 0;     // of trials that ended
  double running = 0;  // spent by trials that run
  double total = 0;    // expected, with the trials not yet proposed
};
DemoWork CountWork(const v1::Campaign& campaign,
                   const std::vector<v1::Trial>& trials);

// Shows how far the demo is: a bar that is redrawn on a terminal, else a line
// for each trial that ended. Not thread-safe.
class DemoProgress {
 public:
  DemoProgress(std::ostream& out, bool terminal)
      : out_(out), terminal_(terminal) {}

  void Show(const v1::Campaign& campaign, const std::vector<v1::Trial>& trials);
  // A line of text above the bar.
  void Note(const std::string& line);
  // Takes the bar away.
  void Finish();

 private:
  // Time left by the FLOPs per second since the first call, or empty.
  std::string Eta(const DemoWork& work);

  std::ostream& out_;
  const bool terminal_;
  bool bar_shown_ = false;
  std::set<std::string> told_;  // trials that ended and were told of
  bool started_ = false;
  absl::Time start_time_;
  double start_flops_ = 0;
};

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_DEMO_DEMO_PROGRESS_H_
