#ifndef ISOSHAPE_WORKER_RUN_CARD_LIMITS_H_
#define ISOSHAPE_WORKER_RUN_CARD_LIMITS_H_

#include <string>

#include "isoshape/v1/trial.pb.h"

namespace isoshape {

// Leaves out of a card what no coordinator stores
// (messages/checks/field_limits.h), and says so among its warnings: a loss is
// worth more than a text that is too long. Returns what it was, in one line, or
// an empty string.
std::string LeaveOutWhatIsTooLong(v1::ShapeCard* card);

}  // namespace isoshape

#endif  // ISOSHAPE_WORKER_RUN_CARD_LIMITS_H_
