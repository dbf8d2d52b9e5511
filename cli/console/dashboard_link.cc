#include "cli/console/dashboard_link.h"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/net/host_port.h"
#include "common/text/one_line.h"
#include "messages/campaign/dashboard_header.h"
#include "messages/names/name_parts.h"

namespace isoshape {
namespace {

// It is a courtesy: nobody is kept waiting for it.
constexpr std::chrono::seconds kPatience{2};

// The host of `http://HOST:PORT/…`, without brackets.
std::string HostOf(absl::string_view address) {
  address.remove_prefix(std::min(address.size(), address.find("//") + 2));
  address = address.substr(0, address.find('/'));
  const std::optional<HostPort> parts = ParseHostPort(address);
  return parts ? parts->host : "";
}

bool IsOnThisMachine(const std::string& server) {
  if (absl::StartsWith(server, "unix:")) return true;
  const std::optional<HostPort> parts = ParseServer(server);
  return parts && IsLoopbackHost(parts->host);
}

}  // namespace

std::string DashboardLink(Client& client, const std::string& campaign) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kPatience);
  v1::GetCampaignRequest request;
  request.set_name(campaign);
  v1::Campaign response;
  if (!client.campaigns().GetCampaign(&context, request, &response).ok()) {
    return "";
  }
  const auto& headers = context.GetServerInitialMetadata();
  const auto found = headers.find(kDashboardHeader);
  if (found == headers.end()) return "";
  const std::string address =
      OneLine(std::string(found->second.data(), found->second.size()), 300);
  if (IsLoopbackHost(HostOf(address)) && !IsOnThisMachine(client.server())) {
    return "";
  }
  return absl::StrCat(address, "#/", ShortName(campaign));
}

void SayDashboard(Client& client, const std::string& campaign) {
  const std::string link = DashboardLink(client, campaign);
  if (link.empty()) return;
  // Where the server is at a loopback address it may be the end of a tunnel,
  // whose other end is the machine of which the link is.
  const bool here = !IsLoopbackHost(HostOf(link)) ||
                    absl::StartsWith(client.server(), "unix:");
  std::cerr << "isoshape: see it "
            << (here ? "" : "on the coordinator's machine ") << "at " << link
            << '\n';
}

}  // namespace isoshape
