#ifndef ISOSHAPE_MESSAGES_TRIAL_VERIFIER_NAME_H_
#define ISOSHAPE_MESSAGES_TRIAL_VERIFIER_NAME_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace isoshape {

// The id of a worker that is a run of `isoshape train --verify`, which trains
// one trial: kVerifierPrefix and `hash` by 16 hexadecimal digits.
std::string VerifierId(uint64_t hash);

// Whether a worker, by its id or by its name (`workers/{id}`), is one. A worker
// of a host that is called train-03 is none.
bool IsVerifier(absl::string_view name);

}  // namespace isoshape

#endif  // ISOSHAPE_MESSAGES_TRIAL_VERIFIER_NAME_H_
