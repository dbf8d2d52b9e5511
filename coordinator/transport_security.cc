#include "coordinator/transport_security.h"

#include <grpcpp/security/auth_metadata_processor.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "access/role.h"
#include "common/status/grpc_status.h"

namespace isoshape {
namespace {

// Certificates that were renewed are taken after this long at most.
constexpr unsigned kRefreshSeconds = 10;

// Asks the policy about each call.
class TokenCheck final : public grpc::AuthMetadataProcessor {
 public:
  explicit TokenCheck(AccessPolicy* access) : access_(access) {}

  bool IsBlocking() const override { return false; }

  grpc::Status Process(const InputMetadata& metadata, grpc::AuthContext*,
                       OutputMetadata*, OutputMetadata*) override {
    const auto text = [&](const char* key) -> std::string {
      const auto it = metadata.find(key);
      return it == metadata.end()
                 ? ""
                 : std::string(it->second.data(), it->second.size());
    };
    const std::string path = text(":path");
    // The header stays: services name the token's owner in events (callers.h).
    return ToGrpcStatus(access_->Check(BearerToken(text("authorization")),
                                       RoleFor(path),
                                       path.substr(path.rfind('/') + 1)));
  }

 private:
  AccessPolicy* const access_;
};

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
    const TransportSecurity& security, const ListenAddress& address,
    AccessPolicy* access) {
  std::shared_ptr<grpc::ServerCredentials> credentials;
  if (security.tls()) {
    using namespace grpc::experimental;  // NOLINT: TLS with reloading is there
    const bool mutual = !security.tls_client_ca.empty();
    const auto provider =
        mutual ? std::make_shared<FileWatcherCertificateProvider>(
                     security.tls_key, security.tls_cert,
                     security.tls_client_ca, kRefreshSeconds)
               : std::make_shared<FileWatcherCertificateProvider>(
                     security.tls_key, security.tls_cert, kRefreshSeconds);
    TlsServerCredentialsOptions options(provider);
    options.watch_identity_key_cert_pairs();
    if (mutual) {
      options.watch_root_certs();
      options.set_cert_request_type(
          GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    }
    credentials = TlsServerCredentials(options);
  } else if (access != nullptr) {
    // Plain bytes, from this machine alone; only so can calls be checked.
    credentials = grpc::experimental::LocalServerCredentials(
        address.unix_path.empty() ? LOCAL_TCP : UDS);
  } else {
    return grpc::InsecureServerCredentials();
  }
  if (access != nullptr) {
    credentials->SetAuthMetadataProcessor(std::make_shared<TokenCheck>(access));
  }
  return credentials;
}

}  // namespace isoshape
