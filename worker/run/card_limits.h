#ifndef ISOSHAPE_WORKER_RUN_CARD_LIMITS_H_
#define ISOSHAPE_WORKER_RUN_CARD_LIMITS_H_

#include <string>

#include "isoshape/v1/trial.pb.h"

namespace isoshape {

// Leaves out of the card of a trial that ended in `state` what no coordinator
// stores (messages/checks/), and says so among its warnings: a result is worth
// more than a text that is too long or a time below 0. To be called once the
// coordinator has refused the card as it is. The loss of a trial that succeeded
// is its result and is left to the coordinator. Returns what was left out, in
// one line, or an empty string.
std::string LeaveOutWhatIsNotStored(v1::Trial::State state,
                                    v1::ShapeCard* card);

}  // namespace isoshape

#endif  // ISOSHAPE_WORKER_RUN_CARD_LIMITS_H_
