#include "trainer/engine/library_log.h"

#include <c10/util/Logging.h>

#include <cstdlib>

namespace isoshape {

void KeepLibTorchLogOffScreen() {
  if (std::getenv("TORCH_CPP_LOG_LEVEL") != nullptr) return;
  FLAGS_caffe2_log_level = c10::GLOG_FATAL;
}

}  // namespace isoshape
