#ifndef ISOSHAPE_COORDINATOR_HTTP_CERTIFICATE_NAMES_H_
#define ISOSHAPE_COORDINATOR_HTTP_CERTIFICATE_NAMES_H_

#include <openssl/types.h>

#include <string>

namespace isoshape {

// Whether the certificate that a server shows is one for `host`, a name or an
// address without a port: by its subjectAltName alone, as browsers see it, with
// `*.example.org` for one label. False without a certificate.
bool IsCertifiedFor(const SSL_CTX* context, const std::string& host);

// The first name of the certificate that a browser can be pointed at: of the
// DNS names one without `*`, else an address that is not of the loopback
// interface, else that; empty if it has none.
std::string FirstCertifiedName(const SSL_CTX* context);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_HTTP_CERTIFICATE_NAMES_H_
