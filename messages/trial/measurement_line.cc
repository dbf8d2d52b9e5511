#include "messages/trial/measurement_line.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace isoshape {

std::string MeasurementLine(absl::string_view trial,
                            const v1::Measurement& point) {
  std::string line = absl::StrCat(trial, " step ", point.step());
  if (point.has_validation_loss()) {
    absl::StrAppendFormat(&line, ", validation loss %.4f",
                          point.validation_loss());
  } else if (point.has_train_loss()) {
    absl::StrAppendFormat(&line, ", training loss %.4f", point.train_loss());
  }
  return line;
}

}  // namespace isoshape
