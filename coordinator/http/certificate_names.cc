#include "coordinator/http/certificate_names.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <memory>

#include "absl/strings/match.h"
#include "common/net/host_port.h"

namespace isoshape {
namespace {

using Names = std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)>;

std::string TextOf(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<size_t>(ASN1_STRING_length(text))};
}

std::string AddressText(const ASN1_STRING* bytes) {
  std::array<char, INET6_ADDRSTRLEN> text = {};
  const int family = ASN1_STRING_length(bytes) == 4 ? AF_INET : AF_INET6;
  const char* const written =
      inet_ntop(family, ASN1_STRING_get0_data(bytes), text.data(), text.size());
  return written == nullptr ? "" : written;
}

}  // namespace

bool IsCertifiedFor(const SSL_CTX* context, const std::string& host) {
  X509* const certificate = SSL_CTX_get0_certificate(context);
  if (certificate == nullptr || host.empty()) return false;
  return X509_check_ip_asc(certificate, host.c_str(), 0) == 1 ||
         X509_check_host(certificate, host.data(), host.size(),
                         X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, nullptr) == 1;
}

std::string FirstCertifiedName(const SSL_CTX* context) {
  const X509* const certificate = SSL_CTX_get0_certificate(context);
  if (certificate == nullptr) return "";
  const Names names(static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(
                        certificate, NID_subject_alt_name, nullptr, nullptr)),
                    &GENERAL_NAMES_free);
  std::string name;  // the best so far, and how good it is
  int rank = 0;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* const one = sk_GENERAL_NAME_value(names.get(), i);
    const std::string text = one->type == GEN_DNS ? TextOf(one->d.dNSName)
                             : one->type == GEN_IPADD
                                 ? AddressText(one->d.iPAddress)
                                 : "";
    if (text.empty() || absl::StrContains(text, '*')) continue;
    const int good = IsLoopbackHost(text) ? 1 : one->type == GEN_DNS ? 3 : 2;
    if (good <= rank) continue;
    rank = good;
    name = text;
  }
  return name;
}

}  // namespace isoshape
