#ifndef ISOSHAPE_MESSAGES_TRIAL_MEASUREMENT_LINE_H_
#define ISOSHAPE_MESSAGES_TRIAL_MEASUREMENT_LINE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "isoshape/v1/trial.pb.h"

namespace isoshape {

// A point of a trial's curve in one line for people:
// `campaigns/c1/trials/7 step 40, validation loss 3.1416`.
std::string MeasurementLine(absl::string_view trial,
                            const v1::Measurement& point);

}  // namespace isoshape

#endif  // ISOSHAPE_MESSAGES_TRIAL_MEASUREMENT_LINE_H_
