#include "common/net/channel.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>
#include <grpcpp/support/client_interceptor.h>

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/net/client_token.h"
#include "common/net/connection_problem.h"
#include "common/net/host_port.h"
#include "common/process/environment.h"
#include "common/status/status_macros.h"

namespace isoshape {
namespace {

// gRPC multiplies each wait by a random factor of up to this.
constexpr double kReconnectJitter = 1.2;
constexpr char kSystemRoots[] = "system";
constexpr char kGivePem[] = "give a file in PEM";

// TLS if the environment names roots, with a certificate of the client's own if
// it names one.
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> Credentials() {
  if (EnvironmentVariable("ISOSHAPE_TLS_CA").empty()) {
    return grpc::InsecureChannelCredentials();
  }
  grpc::SslCredentialsOptions options;
  if (EnvironmentVariable("ISOSHAPE_TLS_CA") != kSystemRoots) {
    ISOSHAPE_ASSIGN_OR_RETURN(options.pem_root_certs,
                              FileNamedBy("ISOSHAPE_TLS_CA", kGivePem));
  }
  ISOSHAPE_ASSIGN_OR_RETURN(options.pem_cert_chain,
                            FileNamedBy("ISOSHAPE_TLS_CERT", kGivePem));
  ISOSHAPE_ASSIGN_OR_RETURN(options.pem_private_key,
                            FileNamedBy("ISOSHAPE_TLS_KEY", kGivePem));
  if (options.pem_cert_chain.empty() != options.pem_private_key.empty()) {
    return absl::InvalidArgumentError(
        "of ISOSHAPE_TLS_CERT and ISOSHAPE_TLS_KEY one is missing; give both, "
        "or neither");
  }
  if (!options.pem_cert_chain.empty()) {
    ISOSHAPE_RETURN_IF_ERROR(
        CheckOwnCertificate(options.pem_cert_chain, options.pem_private_key));
  }
  return grpc::SslCredentials(options);
}

// Never without TLS where that is asked for: a token would go over the line. If
// its files cannot be used, which CheckServerAddress tells, with the roots of
// this machine.
std::shared_ptr<grpc::ChannelCredentials> CredentialsOfChannel() {
  if (auto credentials = Credentials(); credentials.ok()) return *credentials;
  return grpc::SslCredentials({});
}

// Whether what is sent to that address stays on this machine.
bool StaysHere(absl::string_view server) {
  if (absl::StartsWith(server, "unix:")) return true;
  const std::optional<HostPort> address = ParseServer(server);
  return address.has_value() && IsLoopbackHost(address->host);
}

absl::Status CheckCredentials(absl::string_view server) {
  ISOSHAPE_RETURN_IF_ERROR(Credentials().status());
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string token, ClientToken::Read());
  if (token.empty() || StaysHere(server) ||
      !EnvironmentVariable("ISOSHAPE_TLS_CA").empty() ||
      EnvironmentVariable("ISOSHAPE_INSECURE") == "1") {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "the token would travel to ", server,
      " for all to read; name the certificates of its TLS by ISOSHAPE_TLS_CA, "
      "or set ISOSHAPE_INSECURE=1 on a network that you trust"));
}

// Shows the token with each call.
class TokenInterceptor final : public grpc::experimental::Interceptor {
 public:
  explicit TokenInterceptor(ClientToken* token) : token_(token) {}
  void Intercept(
      grpc::experimental::InterceptorBatchMethods* methods) override {
    using Point = grpc::experimental::InterceptionHookPoints;
    if (methods->QueryInterceptionHookPoint(Point::PRE_SEND_INITIAL_METADATA)) {
      if (const std::string token = token_->Get(); !token.empty()) {
        methods->GetSendInitialMetadata()->emplace(
            "authorization", absl::StrCat("Bearer ", token));
      }
    }
    methods->Proceed();
  }

 private:
  ClientToken* const token_;
};

class TokenInterceptors final
    : public grpc::experimental::ClientInterceptorFactoryInterface {
 public:
  grpc::experimental::Interceptor* CreateClientInterceptor(
      grpc::experimental::ClientRpcInfo*) override {
    return new TokenInterceptor(&token_);
  }

 private:
  ClientToken token_;
};

}  // namespace

absl::Status CheckServerAddress(absl::string_view what,
                                absl::string_view server) {
  for (const absl::string_view scheme : {"unix:", "dns:", "ipv4:", "ipv6:"}) {
    if (absl::StartsWith(server, scheme) && server != scheme) {
      return CheckCredentials(server);
    }
  }
  if (const std::optional<HostPort> address = ParseHostPort(server);
      address.has_value() && address->port > 0) {
    return CheckCredentials(server);
  }
  return absl::InvalidArgumentError(
      absl::StrCat(what, " '", server,
                   "' is not HOST:PORT, such as 127.0.0.1:50551 or "
                   "[::1]:50551, or unix:PATH"));
}

std::shared_ptr<grpc::Channel> MakeChannel(const std::string& server) {
  grpc::ChannelArguments arguments;
  // gRPC's own waits between attempts grow to two minutes; a coordinator that
  // was started again must be found before the leases of its workers expire.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS,
                   static_cast<int>(absl::ToInt64Milliseconds(
                       kLongestReconnect / kReconnectJitter)));
  // In spite of its name this is no wait between attempts: it is how long one
  // attempt may take, for a network on which nobody answers. It may well be
  // above the longest wait.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5000);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  // No sharing of connections with other channels of this process: another one
  // may be in its wait between attempts, which this one would have to sit out.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  std::vector<
      std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>>
      interceptors;
  if (const auto token = ClientToken::Read(); !token.ok() || !token->empty()) {
    interceptors.push_back(std::make_unique<TokenInterceptors>());
  }
  return grpc::experimental::CreateCustomChannelWithInterceptors(
      server, CredentialsOfChannel(), arguments, std::move(interceptors));
}

}  // namespace isoshape
