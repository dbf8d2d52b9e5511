#include "access/role.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "absl/strings/match.h"

namespace isoshape {
namespace {

constexpr std::array<absl::string_view, 5> kNames = {
    "nobody", "viewer", "worker", "operator", "admin"};

struct MethodRole {
  absl::string_view method;  // a method, or a service with the `/` behind it
  Role role;
};

// Every method of the protos has a line here (role_test.cc).
constexpr MethodRole kMethods[] = {
    {"/grpc.health.v1.Health/", Role::kNobody},
    {"/grpc.reflection.v1alpha.ServerReflection/", Role::kViewer},
    {"/isoshape.v1.AnalysisService/", Role::kViewer},
    {"/isoshape.v1.FigureService/", Role::kViewer},
    {"/isoshape.v1.CampaignService/GetCampaign", Role::kViewer},
    {"/isoshape.v1.CampaignService/GetTrial", Role::kViewer},
    {"/isoshape.v1.CampaignService/ListCampaigns", Role::kViewer},
    {"/isoshape.v1.CampaignService/ListCurves", Role::kViewer},
    {"/isoshape.v1.CampaignService/ListMeasurements", Role::kViewer},
    {"/isoshape.v1.CampaignService/ListTrialTable", Role::kViewer},
    {"/isoshape.v1.CampaignService/ListTrials", Role::kViewer},
    {"/isoshape.v1.CampaignService/WatchCampaign", Role::kViewer},
    {"/isoshape.v1.CampaignService/WatchChanges", Role::kViewer},
    {"/isoshape.v1.CampaignService/CancelCampaign", Role::kOperator},
    {"/isoshape.v1.CampaignService/CreateCampaign", Role::kOperator},
    {"/isoshape.v1.CampaignService/CreateTrial", Role::kOperator},
    {"/isoshape.v1.CampaignService/ExcludeTrial", Role::kOperator},
    {"/isoshape.v1.CampaignService/ImportTrials", Role::kOperator},
    {"/isoshape.v1.CampaignService/IncludeTrial", Role::kOperator},
    {"/isoshape.v1.CampaignService/PauseCampaign", Role::kOperator},
    {"/isoshape.v1.CampaignService/ResumeCampaign", Role::kOperator},
    {"/isoshape.v1.CampaignService/RetryTrial", Role::kOperator},
    {"/isoshape.v1.CampaignService/UpdateCampaign", Role::kOperator},
    {"/isoshape.v1.CampaignService/DeleteCampaign", Role::kAdmin},
    {"/isoshape.v1.WorkerService/GetWorker", Role::kViewer},
    {"/isoshape.v1.WorkerService/ListWorkers", Role::kViewer},
    {"/isoshape.v1.WorkerService/BatchHeartbeat", Role::kWorker},
    {"/isoshape.v1.WorkerService/CompleteTrial", Role::kWorker},
    {"/isoshape.v1.WorkerService/Heartbeat", Role::kWorker},
    {"/isoshape.v1.WorkerService/LeaseTrials", Role::kWorker},
    {"/isoshape.v1.WorkerService/LeaveWorker", Role::kWorker},
    {"/isoshape.v1.WorkerService/RegisterWorker", Role::kWorker},
    {"/isoshape.v1.WorkerService/ReleaseTrial", Role::kWorker},
    {"/isoshape.v1.WorkerService/ReportMeasurements", Role::kWorker},
    {"/isoshape.v1.WorkerService/DrainWorker", Role::kOperator},
    {"/isoshape.v1.WorkerService/ReadmitWorker", Role::kOperator},
    {"/isoshape.v1.WorkerService/DeleteWorker", Role::kAdmin},
};

}  // namespace

absl::string_view RoleName(Role role) {
  return kNames[static_cast<size_t>(role)];
}

std::optional<Role> ParseRole(absl::string_view name) {
  // Nobody has a token for nothing.
  const auto* const found =
      std::find(std::next(kNames.begin()), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Role>(found - kNames.begin());
}

Role RoleFor(absl::string_view path) {
  for (const MethodRole& one : kMethods) {
    const bool service = absl::EndsWith(one.method, "/");
    if (service ? absl::StartsWith(path, one.method) : path == one.method) {
      return one.role;
    }
  }
  return Role::kAdmin;
}

}  // namespace isoshape
