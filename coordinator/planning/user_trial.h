#ifndef ISOSHAPE_COORDINATOR_PLANNING_USER_TRIAL_H_
#define ISOSHAPE_COORDINATOR_PLANNING_USER_TRIAL_H_

#include <string>

#include "absl/status/statusor.h"
#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/shape.pb.h"
#include "isoshape/v1/trial.pb.h"
#include "shape/search_space.h"
#include "shape/shape.h"

namespace isoshape {

// The shape that is asked for, with what it leaves open from `base`, the
// options that all shapes of a campaign have, and `space`. INVALID_ARGUMENT,
// which begins with `field`, if no shape is like that.
absl::StatusOr<Shape> FilledShape(const SearchSpace& space,
                                  const v1::Shape& base, const v1::Shape& asked,
                                  const std::string& field);

// The trial as CreateTrial adds it: what the user left open is taken from the
// campaign, whose defaults are filled in. A bool that is false counts as left
// open. INVALID_ARGUMENT if a field is missing or out of range or no shape is
// like that; FAILED_PRECONDITION if it is outside the campaign's space.
absl::StatusOr<v1::Trial> PrepareUserTrial(const v1::Campaign& campaign,
                                           const v1::Trial& asked);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_PLANNING_USER_TRIAL_H_
