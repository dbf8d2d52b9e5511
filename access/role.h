#ifndef ISOSHAPE_ACCESS_ROLE_H_
#define ISOSHAPE_ACCESS_ROLE_H_

#include <optional>

#include "absl/strings/string_view.h"

namespace isoshape {

// What a token is for. Each may do all that those before it may.
enum class Role {
  kNobody,    // no token: health alone
  kViewer,    // reads
  kWorker,    // leases trials and reports of them
  kOperator,  // creates and changes campaigns and trials, drains workers
  kAdmin,     // deletes results and workers
};

// `viewer`, `worker`, `operator`, `admin`.
absl::string_view RoleName(Role role);
std::optional<Role> ParseRole(absl::string_view name);

// The least role that may call the method of that path,
// `/isoshape.v1.CampaignService/ListTrials`; kAdmin for an unknown one.
Role RoleFor(absl::string_view path);

}  // namespace isoshape

#endif  // ISOSHAPE_ACCESS_ROLE_H_
