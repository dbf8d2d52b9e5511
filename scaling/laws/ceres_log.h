#ifndef ISOSHAPE_SCALING_LAWS_CERES_LOG_H_
#define ISOSHAPE_SCALING_LAWS_CERES_LOG_H_

#include <glog/logging.h>

namespace isoshape {

// Ceres writes a line on standard error for each search that fails, which its
// result says too. Call this before a solver.
inline void KeepCeresLogOffScreen() {
  [[maybe_unused]] static const bool quiet = [] {
    FLAGS_minloglevel = google::GLOG_FATAL;
    return true;
  }();
}

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_LAWS_CERES_LOG_H_
