#include "coordinator/transport_security.h"

#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpc/slice.h>
#include <grpcpp/security/server_credentials.h>
#include <unistd.h>

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "access/role.h"
#include "common/status/grpc_status.h"
#include "common/status/status_macros.h"
#include "coordinator/http/rpc_bridge.h"
#include "messages/names/rpc_path.h"

namespace isoshape {
namespace {

std::string Text(const grpc_slice& slice) {
  return {reinterpret_cast<const char*>(GRPC_SLICE_START_PTR(slice)),
          GRPC_SLICE_LENGTH(slice)};
}

CallAdmission::Kind KindOfCall(const std::string& path) {
  // Reflection is of gRPC's synchronous kind, of which nobody counts the calls.
  if (absl::StartsWith(path, "/grpc.reflection.")) {
    return CallAdmission::Kind::kUncounted;
  }
  return RoleFor(path) == Role::kNobody ? CallAdmission::Kind::kTokenless
                                        : CallAdmission::Kind::kUsual;
}

absl::Status Check(const CallChecks& checks, const void* connection,
                   absl::Span<const grpc_metadata> metadata) {
  std::string path;
  std::optional<std::string> authorization;  // the first, as callers.h names
  for (const grpc_metadata& header : metadata) {
    const std::string key = Text(header.key);
    if (key == ":path") path = Text(header.value);
    if (key == "authorization" && !authorization) {
      authorization = Text(header.value);
    }
  }
  ISOSHAPE_RETURN_IF_ERROR(
      checks.admission->Admit(connection, KindOfCall(path)));
  // The header stays: services name the token's owner in events (callers.h).
  if (checks.access != nullptr) {
    ISOSHAPE_RETURN_IF_ERROR(
        checks.access->Check(BearerToken(authorization.value_or("")),
                             RoleFor(path), path.substr(path.rfind('/') + 1)));
  }
  // Not there (HealthService), which is said in words.
  if (path == "/grpc.health.v1.Health/Watch") {
    return absl::UnimplementedError(
        "health is not watched here; call Check every few seconds");
  }
  const auto* const method = checks.read_only ? MethodOfPath(path) : nullptr;
  return method == nullptr ? absl::OkStatus() : CheckReadsAlone(*method);
}

// Credentials of gRPC's C interface: its C++ one lets nobody look at the calls
// of a port without TLS, and does not tell of which connection a call is.
class PortCredentials final : public grpc::ServerCredentials {
 public:
  PortCredentials(grpc_server_credentials* credentials, CallChecks checks)
      : credentials_(credentials) {
    grpc_server_credentials_set_auth_metadata_processor(
        credentials_,
        {.process = Process,
         .destroy = [](void* state) { delete static_cast<CallChecks*>(state); },
         .state = new CallChecks(checks)});
  }
  ~PortCredentials() override { grpc_server_credentials_release(credentials_); }
  PortCredentials(const PortCredentials&) = delete;
  PortCredentials& operator=(const PortCredentials&) = delete;

  void SetAuthMetadataProcessor(
      const std::shared_ptr<grpc::AuthMetadataProcessor>&) override {}

 private:
  int AddPortToServer(const std::string& address,
                      grpc_server* server) override {
    return grpc_server_add_http2_port(server, address.c_str(), credentials_);
  }

  // The context is the connection's, and the same for all of its calls.
  static void Process(void* state, grpc_auth_context* connection,
                      const grpc_metadata* metadata, size_t count,
                      grpc_process_auth_metadata_done_cb done,
                      void* user_data) {
    const grpc::Status status = ToGrpcStatus(Check(
        *static_cast<const CallChecks*>(state), connection, {metadata, count}));
    done(user_data, nullptr, 0, nullptr, 0,
         static_cast<grpc_status_code>(status.error_code()),
         status.ok() ? nullptr : status.error_message().c_str());
  }

  grpc_server_credentials* const credentials_;
};

grpc_server_credentials* MakeTls(const ServedCertificates& certificates) {
  grpc_tls_certificate_provider* const provider =
      grpc_tls_certificate_provider_file_watcher_create(
          certificates.key().c_str(), certificates.cert().c_str(),
          certificates.client_ca().empty() ? nullptr
                                           : certificates.client_ca().c_str(),
          ServedCertificates::kLookSeconds);
  grpc_tls_credentials_options* const options =
      grpc_tls_credentials_options_create();
  grpc_tls_credentials_options_set_certificate_provider(options, provider);
  grpc_tls_certificate_provider_release(provider);
  grpc_tls_credentials_options_watch_identity_key_cert_pairs(options);
  if (!certificates.client_ca().empty()) {
    grpc_tls_credentials_options_watch_root_certs(options);
    grpc_tls_credentials_options_set_cert_request_type(
        options, GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return grpc_tls_server_credentials_create(options);
}

absl::Status CheckReadable(const char* flag, const std::string& path) {
  if (path.empty() || access(path.c_str(), R_OK) == 0) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat(flag, " ", path, " cannot be read; give a file in PEM"));
}

}  // namespace

std::string Exposure(const TransportSecurity& security,
                     const ListenAddress& address) {
  const bool checked =
      !security.tokens.empty() || !security.tls_client_ca.empty();
  if (address.IsLoopback() || (security.tls() && checked)) return "";
  return !security.tokens.empty()
             ? absl::StrCat("tokens would travel to ", address.ToString(),
                            " for all to read")
             : absl::StrCat("anyone who reaches ", address.ToString(),
                            " could use it");
}

absl::Status CheckTransportSecurity(const TransportSecurity& security,
                                    const ListenAddress& address) {
  if (security.tls_cert.empty() != security.tls_key.empty()) {
    return absl::InvalidArgumentError(
        "of --tls-cert and --tls-key one is missing; give both, or neither");
  }
  if (!security.tls_client_ca.empty() && !security.tls()) {
    return absl::InvalidArgumentError(
        "--tls-client-ca asks clients for certificates, which takes TLS; give "
        "--tls-cert and --tls-key too");
  }
  for (const auto& [flag, path] :
       {std::pair{"--tls-cert", &security.tls_cert},
        std::pair{"--tls-key", &security.tls_key},
        std::pair{"--tls-client-ca", &security.tls_client_ca}}) {
    if (const absl::Status status = CheckReadable(flag, *path); !status.ok()) {
      return status;
    }
  }
  const std::string exposed = Exposure(security, address);
  if (exposed.empty()) return absl::OkStatus();
  if (!security.tokens.empty() && !security.tls()) {
    return absl::InvalidArgumentError(
        absl::StrCat(exposed, "; give --tls-cert and --tls-key too"));
  }
  if (security.insecure) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(exposed,
                   "; give --tls-cert, --tls-key and --tokens "
                   "(docs/security.md), or --insecure on a network that you "
                   "trust"));
}

std::shared_ptr<grpc::ServerCredentials> MakeServerCredentials(
    const ServedCertificates* certificates, const CallChecks& checks) {
  return std::make_shared<PortCredentials>(
      certificates == nullptr ? grpc_insecure_server_credentials_create()
                              : MakeTls(*certificates),
      checks);
}

}  // namespace isoshape
