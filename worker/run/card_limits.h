#ifndef ISOSHAPE_WORKER_RUN_CARD_LIMITS_H_
#define ISOSHAPE_WORKER_RUN_CARD_LIMITS_H_

#include <string>

#include "isoshape/v1/trial.pb.h"

namespace isoshape {

// Leaves out of a card what no coordinator stores (messages/checks/), and says
// so among its warnings: a loss is worth more than a text that is too long or a
// time below 0. The loss itself is left to the coordinator. Returns what was
// left out, in one line, or an empty string.
std::string LeaveOutWhatIsNotStored(v1::ShapeCard* card);

}  // namespace isoshape

#endif  // ISOSHAPE_WORKER_RUN_CARD_LIMITS_H_
