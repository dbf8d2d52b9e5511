#ifndef ISOSHAPE_COORDINATOR_TRANSPORT_SECURITY_H_
#define ISOSHAPE_COORDINATOR_TRANSPORT_SECURITY_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "access/access_policy.h"
#include "coordinator/call_admission.h"
#include "coordinator/listen_address.h"
#include "coordinator/served_certificates.h"

namespace isoshape {

// How the coordinator's ports are kept from strangers; docs/security.md.
struct TransportSecurity {
  // Files in PEM, read again when they change: the certificate with those
  // above it and its key, both or neither; and the certificates that sign those
  // of clients, who must then show one.
  std::string tls_cert{};
  std::string tls_key{};
  std::string tls_client_ca{};
  std::string tokens{};   // ReadTokenFile; empty: none are asked for
  bool insecure = false;  // others may reach it without TLS and tokens

  bool tls() const { return !tls_cert.empty(); }
};

// What strangers could do at `address`, in a few words; empty if nothing.
std::string Exposure(const TransportSecurity& security,
                     const ListenAddress& address);

// INVALID_ARGUMENT if the files do not belong together or cannot be read, or
// if others would reach `address` without TLS and tokens and that was not asked
// for.
absl::Status CheckTransportSecurity(const TransportSecurity& security,
                                    const ListenAddress& address);

// What is asked about each call of a port; all are borrowed.
struct CallChecks {
  AccessPolicy* access = nullptr;  // null: no token is asked for
  CallAdmission* admission = nullptr;
  bool read_only = false;  // what may change something is refused
};

// TLS by `certificates`, or plain bytes if that is null, which is borrowed.
std::shared_ptr<grpc::ServerCredentials> MakeServerCredentials(
    const ServedCertificates* certificates, const CallChecks& checks);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_TRANSPORT_SECURITY_H_
