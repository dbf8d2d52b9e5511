#ifndef ISOSHAPE_COORDINATOR_SCHEDULER_PLAN_ORDER_H_
#define ISOSHAPE_COORDINATOR_SCHEDULER_PLAN_ORDER_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "coordinator/planning/planner.h"

namespace isoshape {

// A plan that somebody waits for.
struct PlanOrder {
  std::string campaign;
  int64_t terms = 0;  // CampaignState::terms of that time
  PlanInput input;
};

// What an update of a campaign was planned with.
struct UpdatePlan {
  std::optional<PlanOrder> order;
  absl::StatusOr<Plan> plan = Plan();  // of the order, if there is one
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SCHEDULER_PLAN_ORDER_H_
