#include "common/net/connection_problem.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "common/net/host_port.h"
#include "common/net/unix_socket.h"
#include "common/process/environment.h"
#include "common/process/pipe_signal_block.h"

namespace isoshape {
namespace {

// Of one step: the connection, an answer.
constexpr absl::Duration kPatience = absl::Seconds(1);

constexpr char kCa[] = "ISOSHAPE_TLS_CA";
constexpr char kCert[] = "ISOSHAPE_TLS_CERT";
constexpr char kKey[] = "ISOSHAPE_TLS_KEY";

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using Session = std::unique_ptr<SSL, decltype(&SSL_free)>;

// A connection, with a limit to each wait on it.
class Socket {
 public:
  explicit Socket(const HostPort& address) {
    addrinfo hints = {};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    unresolved_ =
        getaddrinfo(address.host.c_str(), absl::StrCat(address.port).c_str(),
                    &hints, &found);
    if (unresolved_ != 0) return;
    for (const addrinfo* one = found; one != nullptr && descriptor_ < 0;
         one = one->ai_next) {
      Connect(*one);
    }
    freeaddrinfo(found);
  }
  ~Socket() { Close(); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  int descriptor() const { return descriptor_; }
  // The error of getaddrinfo, or 0.
  int unresolved() const { return unresolved_; }

 private:
  void Connect(const addrinfo& address) {
    descriptor_ = socket(address.ai_family,
                         SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor_ < 0) return;
    if (connect(descriptor_, address.ai_addr, address.ai_addrlen) != 0 &&
        errno != EINPROGRESS) {
      return Close();
    }
    pollfd waits = {.fd = descriptor_, .events = POLLOUT, .revents = 0};
    int error = 0;
    socklen_t size = sizeof(error);
    if (poll(&waits, 1,
             static_cast<int>(absl::ToInt64Milliseconds(kPatience))) != 1 ||
        getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &error, &size) != 0 ||
        error != 0) {
      return Close();
    }
    fcntl(descriptor_, F_SETFL, 0);  // it waits, for so long:
    const timeval patience = absl::ToTimeval(kPatience);
    for (const int way : {SO_RCVTIMEO, SO_SNDTIMEO}) {
      setsockopt(descriptor_, SOL_SOCKET, way, &patience, sizeof(patience));
    }
  }
  void Close() {
    if (descriptor_ >= 0) close(descriptor_);
    descriptor_ = -1;
  }

  int descriptor_ = -1;
  int unresolved_ = 0;
};

// What the other side, or this one, had against a handshake.
struct Handshake {
  int unresolved = 0;            // why the host's name has no address
  bool connected = false;        // somebody listens
  bool done = false;             // this side is content
  bool http2 = false;            // and the other one chose gRPC's protocol
  bool met_tls = false;          // the other side speaks TLS
  bool silent = false;           // nothing came in time
  bool ended = false;            // the other side, before it said anything
  int64_t verified = X509_V_OK;  // of its certificate
  int reason = 0;                // OpenSSL's
};

Context MakeContext(bool verify) {
  Context context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  if (context == nullptr || !verify) return context;
  const std::string ca = EnvironmentVariable(kCa);
  if (ca == "system") {
    SSL_CTX_set_default_verify_paths(context.get());
  } else {
    SSL_CTX_load_verify_locations(context.get(), ca.c_str(), nullptr);
  }
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  if (const std::string cert = EnvironmentVariable(kCert); !cert.empty()) {
    SSL_CTX_use_certificate_chain_file(context.get(), cert.c_str());
    SSL_CTX_use_PrivateKey_file(
        context.get(), EnvironmentVariable(kKey).c_str(), SSL_FILETYPE_PEM);
  }
  return context;
}

void ExpectName(const std::string& host, SSL* session) {
  X509_VERIFY_PARAM* const wanted = SSL_get0_param(session);
  in6_addr address = {};
  if (inet_pton(AF_INET, host.c_str(), &address) == 1 ||
      inet_pton(AF_INET6, host.c_str(), &address) == 1) {
    X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str());
  } else {
    X509_VERIFY_PARAM_set1_host(wanted, host.c_str(), host.size());
    SSL_set_tlsext_host_name(session, host.c_str());
  }
}

Handshake Shake(const HostPort& address, bool verify) {
  const PipeSignalBlock block;  // OpenSSL writes to what may be closed
  Handshake result;
  const Socket socket(address);
  result.unresolved = socket.unresolved();
  result.connected = socket.descriptor() >= 0;
  const Context context = MakeContext(verify);
  if (!result.connected || context == nullptr) return result;
  const Session session(SSL_new(context.get()), &SSL_free);
  SSL_set_fd(session.get(), socket.descriptor());
  constexpr std::array<unsigned char, 3> kHttp2 = {2, 'h', '2'};
  SSL_set_alpn_protos(session.get(), kHttp2.data(), kHttp2.size());
  if (verify) ExpectName(address.host, session.get());
  ERR_clear_error();
  int returned = SSL_connect(session.get());
  result.done = returned == 1;
  result.verified = SSL_get_verify_result(session.get());
  const X509* const shown = SSL_get0_peer_certificate(session.get());
  result.met_tls = result.done || shown != nullptr;
  if (result.done) {
    const unsigned char* chosen = nullptr;
    unsigned int length = 0;
    SSL_get0_alpn_selected(session.get(), &chosen, &length);
    result.http2 = length == 2 && chosen[0] == 'h' && chosen[1] == '2';
    // By TLS 1.3 what the server has against a client comes after it.
    char byte = 0;
    returned = SSL_read(session.get(), &byte, 1);
    if (returned > 0) return result;
  }
  const int error = SSL_get_error(session.get(), returned);
  result.silent = error == SSL_ERROR_WANT_READ;
  result.ended = !result.silent;
  const unsigned long code = ERR_get_error();  // NOLINT: OpenSSL's type
  if (error == SSL_ERROR_SSL) result.reason = ERR_GET_REASON(code);
  ERR_clear_error();
  // Alerts are reasons above 1000.
  constexpr int kAlerts = SSL_AD_REASON_OFFSET;
  result.met_tls = result.met_tls || result.reason > kAlerts;
  return result;
}

std::string AboutItsCertificate(const HostPort& address, int64_t verified) {
  const std::string why =
      X509_verify_cert_error_string(static_cast<long>(verified));  // NOLINT
  switch (verified) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return absl::StrCat(
          "shows a certificate that is not for ", address.host,
          "; call it by a name that its certificate has, or give it one for "
          "this name (subjectAltName)");
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return absl::StrCat("shows a certificate that is not valid now (", why,
                          "); renew it, or set this machine's clock");
    default:
      return absl::StrCat("shows a certificate that ", kCa, " (",
                          EnvironmentVariable(kCa), ") does not vouch for (",
                          why, "); name the file that signs it by ", kCa);
  }
}

// Whether what listens answers the beginning of HTTP/2 (RFC 9113, section 3.4)
// as servers of HTTP/1 do.
bool AnswersHttp1(const HostPort& address) {
  const Socket socket(address);
  if (socket.descriptor() < 0) return false;
  constexpr absl::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  constexpr absl::string_view kAnswer = "HTTP/1";
  if (send(socket.descriptor(), kPreface.data(), kPreface.size(),
           MSG_NOSIGNAL) != static_cast<ssize_t>(kPreface.size())) {
    return false;
  }
  std::array<char, kAnswer.size()> answer = {};
  return recv(socket.descriptor(), answer.data(), answer.size(), MSG_WAITALL) ==
             static_cast<ssize_t>(answer.size()) &&
         absl::string_view(answer.data(), answer.size()) == kAnswer;
}

constexpr char kOtherPort[] =
    "answers HTTP there and no gRPC, as the port of a dashboard does; name the "
    "port that 'isoshape serve' said it listens on, 50551 unless --address has "
    "another";

// What is wrong for a client that speaks TLS.
std::string WrongWithTls(const HostPort& address, const Handshake& tried) {
  if (tried.verified != X509_V_OK) {
    return AboutItsCertificate(address, tried.verified);
  }
  // A server of gRPC chooses its protocol or ends the handshake.
  if (tried.done && !tried.http2) return kOtherPort;
  const bool has_own = !EnvironmentVariable(kCert).empty();
  // A server that is content says SETTINGS first (RFC 9113, section 3.4); gRPC
  // ends the connection of a client whose certificate it does not take without
  // an alert.
  if (tried.met_tls && tried.ended) {
    return has_own ? absl::StrCat("does not take the certificate in ", kCert,
                                  " (", EnvironmentVariable(kCert),
                                  "); use one that its --tls-client-ca signs")
                   : absl::StrCat("asks clients for a certificate; set ", kCert,
                                  " and ", kKey,
                                  " to one that its --tls-client-ca signs");
  }
  if (!tried.done && !tried.met_tls && !tried.silent) {
    return absl::StrCat("speaks no TLS, and this program does; unset ", kCa,
                        ", or start it with --tls-cert and --tls-key");
  }
  return "";
}

// Why nobody listens at a Unix socket; empty if somebody does.
std::string ProblemOfPath(const std::string& server, absl::string_view path) {
  while (path.substr(0, 2) == "//") path.remove_prefix(1);
  sockaddr_un name = {};
  name.sun_family = AF_UNIX;
  if (path.size() >= sizeof(name.sun_path)) return "";
  path.copy(name.sun_path, path.size());
  const int error = ConnectError(name);
  struct stat found = {};
  const bool no_socket =
      stat(name.sun_path, &found) == 0 && !S_ISSOCK(found.st_mode);
  const std::string named =
      absl::StrCat("no coordinator answers at ", server, ": ");
  const std::string start =
      absl::StrCat("; start one with 'isoshape serve --address ", server,
                   "', or set --server or ISOSHAPE_SERVER");
  if (error == 0) return "";
  if (no_socket) {
    return absl::StrCat(named,
                        "the file is no socket; set --server or "
                        "ISOSHAPE_SERVER to the address that 'isoshape serve' "
                        "said it listens on");
  }
  switch (error) {
    case ENOENT:
      return absl::StrCat(named, "there is no such socket", start);
    case ECONNREFUSED:
      return absl::StrCat(named, "the one that made the socket has ended",
                          start);
    case EACCES:
      return absl::StrCat(named,
                          "the socket is of another user; run as the one who "
                          "started the coordinator, or have it listen on "
                          "HOST:PORT");
    default:
      return "";
  }
}

// A private key without a passphrase, which OpenSSL would ask the terminal for.
int NoPassphrase(char* /*buffer*/, int /*size*/, int /*rwflag*/,
                 void* /*data*/) {
  return 0;
}

}  // namespace

absl::Status CheckOwnCertificate(const std::string& cert,
                                 const std::string& key) {
  const auto bytes = [](const std::string& text) {
    return std::unique_ptr<BIO, decltype(&BIO_free)>(
        BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free);
  };
  const auto file = [](const char* name) {
    return absl::StrCat(name, " (", EnvironmentVariable(name), ")");
  };
  const std::unique_ptr<X509, decltype(&X509_free)> shown(
      PEM_read_bio_X509(bytes(cert).get(), nullptr, &NoPassphrase, nullptr),
      &X509_free);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> own(
      PEM_read_bio_PrivateKey(bytes(key).get(), nullptr, &NoPassphrase,
                              nullptr),
      &EVP_PKEY_free);
  const bool fits = shown != nullptr && own != nullptr &&
                    X509_check_private_key(shown.get(), own.get()) == 1;
  ERR_clear_error();
  if (shown == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(
        file(kCert), " holds no certificate in PEM; name the file of one"));
  }
  if (own == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat(file(kKey),
                     " holds no private key in PEM that needs no passphrase; "
                     "name the file of one"));
  }
  if (fits) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "the key in ", file(kKey), " is not that of the certificate in ",
      file(kCert), "; name two files that belong together"));
}

std::string ConnectionProblem(const std::string& server) {
  if (absl::StrContains(server, ',')) return "";  // several
  if (absl::string_view path = server; absl::ConsumePrefix(&path, "unix:")) {
    return ProblemOfPath(server, path);
  }
  const std::optional<HostPort> address = ParseServer(server);
  if (!address.has_value()) return "";
  const bool tls = !EnvironmentVariable(kCa).empty();
  const Handshake tried = Shake(*address, tls);
  // `dns://SERVER/HOST:PORT` has a server of its own asked.
  if (tried.unresolved != 0 && !absl::StrContains(address->host, '/')) {
    return absl::StrCat("the host of ", server, " has no address (",
                        gai_strerror(tried.unresolved),
                        "); correct --server or ISOSHAPE_SERVER, or how this "
                        "machine looks names up");
  }
  if (!tried.connected) return "";
  std::string problem;
  if (tls) {
    problem = WrongWithTls(*address, tried);
  } else if (tried.met_tls) {
    problem = absl::StrCat("speaks TLS, and this program does not; set ", kCa,
                           " to the file that signs its certificate, or to "
                           "system");
  } else if (AnswersHttp1(*address)) {
    problem = kOtherPort;
  }
  return problem.empty()
             ? ""
             : absl::StrCat("the coordinator at ", server, " ", problem);
}

}  // namespace isoshape
