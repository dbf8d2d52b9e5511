#ifndef ISOSHAPE_CLI_OUTPUT_PROGRESS_H_
#define ISOSHAPE_CLI_OUTPUT_PROGRESS_H_

#include <map>
#include <optional>
#include <ostream>
#include <string>

#include "absl/time/time.h"
#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/trial.pb.h"

namespace isoshape {

// FLOPs of the trials that a campaign's algorithm is still to propose, if those
// that there are come to `planned`: Campaign.expected_flops less these; 0 if
// the coordinator cannot tell.
double FlopsToPropose(const v1::Campaign& campaign, double planned);

// Follows how far a campaign is, from what its trials say. Work is counted in
// FLOPs, because a trial of a large budget takes longer; the time that is left
// rests on the FLOPs per second since Start. Not thread-safe.
class CampaignProgress {
 public:
  static constexpr size_t kManyColumns = 1000;  // more than any line has

  // Begins to measure the rate.
  void Start(absl::Time now);
  // Takes what is known of a trial now.
  void Update(const v1::Trial& trial);
  // Takes a point of a trial's curve.
  void Measure(const std::string& trial, double flops);
  // Takes the FLOPs of trials that are still to be proposed, which are part of
  // the total.
  void Expect(double flops) { expected_ = flops; }
  // FLOPs that the known trials are to spend (PlannedFlops).
  double Planned() const;
  // True if the trial is known and has ended.
  bool HasEnded(const std::string& trial) const;

  // `[#####-----] 12/36 trials  2 running  best 1.7702 at 4x32  ETA 3m10s` in
  // fewer characters than `columns`: first the bar is shorter, then the best
  // shape is left out, then the trials that run, then the bar. How many trials
  // have ended and the time left are always there.
  std::string Line(absl::Time now, size_t columns = kManyColumns) const;
  // Time left; none before enough work was seen to tell, a hundredth of all
  // or a quarter of a minute of it.
  std::optional<absl::Duration> Remaining(absl::Time now) const;

 private:
  struct Entry {
    double budget = 0;
    double planned = 0;
    double done = 0;  // FLOPs; the budget once it has ended
    bool ended = false;
    bool running = false;
  };
  double Done() const;
  double Total() const;
  std::string Bar(size_t width) const;

  std::map<std::string, Entry> trials_;
  double expected_ = 0;
  absl::Time start_ = absl::InfiniteFuture();
  double done_at_start_ = 0;
  std::optional<double> best_loss_;
  std::string best_shape_;
};

// One line of a terminal that is drawn again in place, cut at the terminal's
// width. Not thread-safe.
class ProgressLine {
 public:
  explicit ProgressLine(std::ostream& out) : out_(out) {}
  // True if standard error is a terminal that can draw in place.
  static bool CanDraw();
  // How wide that terminal is; very wide if it is none.
  static size_t Columns();
  ~ProgressLine() { Clear(); }

  void Draw(const std::string& text);
  // Removes the line, so that something else can be printed.
  void Clear();

 private:
  std::ostream& out_;
  std::string drawn_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_OUTPUT_PROGRESS_H_
