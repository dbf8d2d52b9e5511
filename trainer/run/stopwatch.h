#ifndef ISOSHAPE_TRAINER_RUN_STOPWATCH_H_
#define ISOSHAPE_TRAINER_RUN_STOPWATCH_H_

#include <chrono>

namespace isoshape {

// Seconds since it was made, but for what is left out:
//
//   const double begin = training.Seconds();
//   WriteCheckpoint();
//   training.GoBackTo(begin);
class Stopwatch {
 public:
  double Seconds() const {
    return std::chrono::duration<double>(Clock::now() - begin_).count();
  }

  // Leaves out what came after `seconds`, and returns how long it took.
  double GoBackTo(double seconds) {
    const std::chrono::duration<double> taken(Seconds() - seconds);
    begin_ += std::chrono::duration_cast<Clock::duration>(taken);
    return taken.count();
  }

 private:
  using Clock = std::chrono::steady_clock;

  Clock::time_point begin_ = Clock::now();
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_RUN_STOPWATCH_H_
