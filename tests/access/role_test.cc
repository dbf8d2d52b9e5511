#include "access/role.h"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "isoshape/v1/analysis_service.pb.h"
#include "isoshape/v1/campaign_service.pb.h"
#include "isoshape/v1/figure_service.pb.h"
#include "isoshape/v1/worker_service.pb.h"

namespace isoshape {
namespace {

TEST(Roles, EveryMethodHasALine) {
  for (const auto* file : {v1::GetCampaignRequest::descriptor()->file(),
                           v1::HeartbeatRequest::descriptor()->file(),
                           v1::FitLawRequest::descriptor()->file(),
                           v1::GetFigureRequest::descriptor()->file()}) {
    for (int s = 0; s < file->service_count(); ++s) {
      const auto* const service = file->service(s);
      for (int m = 0; m < service->method_count(); ++m) {
        const std::string method = service->method(m)->name();
        const Role role =
            RoleFor(absl::StrCat("/", service->full_name(), "/", method));
        // What is not listed is for admins, who alone delete.
        EXPECT_EQ(role == Role::kAdmin, absl::StartsWith(method, "Delete"))
            << service->full_name() << "/" << method;
        const bool reads = absl::StartsWith(method, "Get") ||
                           absl::StartsWith(method, "List") ||
                           absl::StartsWith(method, "Watch");
        if (reads) {
          EXPECT_EQ(role, Role::kViewer) << method;
        }
      }
    }
  }
}

TEST(Roles, UnknownMethodsAreForAdminsAndHealthForAll) {
  EXPECT_EQ(RoleFor("/isoshape.v1.CampaignService/Unheard"), Role::kAdmin);
  EXPECT_EQ(RoleFor("/grpc.health.v1.Health/Check"), Role::kNobody);
  EXPECT_EQ(RoleFor(""), Role::kAdmin);
}

TEST(Roles, HaveNames) {
  for (const char* name : {"viewer", "worker", "operator", "admin"}) {
    ASSERT_TRUE(ParseRole(name).has_value()) << name;
    EXPECT_EQ(RoleName(*ParseRole(name)), name);
  }
  EXPECT_FALSE(ParseRole("nobody").has_value());
  EXPECT_FALSE(ParseRole("root").has_value());
}

}  // namespace
}  // namespace isoshape
