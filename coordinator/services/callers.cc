#include "coordinator/services/callers.h"

#include <grpc/grpc_security_constants.h>

#include <memory>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "access/caller.h"
#include "common/net/host_port.h"

namespace isoshape {
namespace {

std::string Text(const grpc::string_ref& text) {
  return std::string(text.data(), text.size());
}

std::string Metadata(const grpc::CallbackServerContext& context,
                     const char* key) {
  const auto& metadata = context.client_metadata();
  const auto it = metadata.find(key);
  return it == metadata.end() ? "" : Text(it->second);
}

// Returns the first value of a property that the transport found out.
std::string Property(const grpc::AuthContext& auth, const char* name) {
  const std::vector<grpc::string_ref> values = auth.FindPropertyValues(name);
  return values.empty() ? "" : Text(values.front());
}

}  // namespace

std::string HostOfPeer(absl::string_view peer) {
  if (!absl::ConsumePrefix(&peer, "ipv4:") &&
      !absl::ConsumePrefix(&peer, "ipv6:")) {
    return "";
  }
  const std::string address =
      absl::StrReplaceAll(peer, {{"%5B", "["}, {"%5D", "]"}, {"%25", "%"}});
  const std::optional<HostPort> parsed = ParseHostPort(address);
  return parsed.has_value() ? parsed->host : "";
}

std::string OriginOf(absl::string_view name, absl::string_view peer) {
  const std::string host = HostOfPeer(peer);
  const std::string at = host.empty()
                             ? std::string(peer.substr(0, peer.find(':')))
                             : NetworkOf(host);
  // Nothing but its address is known of such a caller.
  absl::string_view address = name;
  if (!absl::ConsumePrefix(&address, "address:")) {
    return absl::StrCat(name, " ", at);
  }
  return absl::StrCat("address:", NetworkOf(address), " ", at);
}

std::string Callers::Name(const grpc::CallbackServerContext& context) const {
  const std::string told = Metadata(context, kCallerHeader);
  absl::string_view caller_by_http = told;
  if (!http_secret_.empty() &&
      absl::ConsumePrefix(&caller_by_http, http_secret_)) {
    return std::string(caller_by_http);
  }
  const std::shared_ptr<const grpc::AuthContext> auth = context.auth_context();
  Caller caller = {.address = HostOfPeer(context.peer())};
  if (auth != nullptr) {
    caller.subject = Property(*auth, GRPC_X509_SUBJECT_PROPERTY_NAME);
    if (caller.subject.empty() &&
        !Property(*auth, GRPC_X509_PEM_CERT_PROPERTY_NAME).empty()) {
      caller.subject = Caller::kNoSubject;
    }
  }
  if (access_ != nullptr) {
    caller.token =
        access_->NameOf(BearerToken(Metadata(context, "authorization")));
  }
  return CallerName(caller);
}

std::function<absl::Status()> Callers::Standing(
    const grpc::CallbackServerContext& context, absl::string_view path) const {
  if (access_ == nullptr) return [] { return absl::OkStatus(); };
  return access_->Standing(BearerToken(Metadata(context, "authorization")),
                           RoleFor(path), path.substr(path.rfind('/') + 1));
}

std::string Callers::Origin(const grpc::CallbackServerContext& context) const {
  return OriginOf(Name(context), context.peer());
}

}  // namespace isoshape
