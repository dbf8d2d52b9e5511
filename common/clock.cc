#include "common/clock.h"

namespace isoshape {
namespace {

class RealClock : public Clock {
 public:
  absl::Time Now() override { return absl::Now(); }
  void Sleep(absl::Duration duration) override { absl::SleepFor(duration); }
  bool SleepUntil(const absl::Notification& notification,
                  absl::Duration duration) override {
    return notification.WaitForNotificationWithTimeout(duration);
  }
};

}  // namespace

Clock* Clock::Real() {
  static RealClock* const clock = new RealClock;
  return clock;
}

}  // namespace isoshape
