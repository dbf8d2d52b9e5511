#include "coordinator/http/transport.h"

#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>

#include "access/caller.h"

namespace isoshape {

boost::asio::ip::address PlainAddress(const boost::asio::ip::address& address) {
  using namespace boost::asio::ip;  // NOLINT: of the address alone
  return address.is_v6() && address.to_v6().is_v4_mapped()
             ? make_address_v4(v4_mapped, address.to_v6())
             : address;
}

std::string Transport::PeerSubject() {
  if (!tls_.has_value()) return "";
  SSL* const native = tls_->native_handle();
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      SSL_get1_peer_certificate(native), X509_free);
  if (certificate == nullptr || SSL_get_verify_result(native) != X509_V_OK) {
    return "";
  }
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> text(BIO_new(BIO_s_mem()),
                                                           BIO_free_all);
  X509_NAME_print_ex(text.get(), X509_get_subject_name(certificate.get()), 0,
                     XN_FLAG_RFC2253);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(text.get(), &bytes);
  return size > 0 ? std::string(bytes, static_cast<size_t>(size))
                  : Caller::kNoSubject;
}

}  // namespace isoshape
