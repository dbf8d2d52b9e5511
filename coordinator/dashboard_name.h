#ifndef ISOSHAPE_COORDINATOR_DASHBOARD_NAME_H_
#define ISOSHAPE_COORDINATOR_DASHBOARD_NAME_H_

#include <openssl/types.h>

#include <string>
#include <vector>

#include "coordinator/listen_address.h"

namespace isoshape {

// The host by which a browser reaches what listens at `address` and is not
// refused (RequestPolicy), without brackets. 0.0.0.0 and :: are no such name,
// nor is an address that the certificate of `tls` (null: no TLS) is not for:
// then it is the first of `allow_hosts`, else the certificate's first name,
// else an address of this machine's network, else one of its loopback
// interface.
std::string DashboardName(const ListenAddress& address,
                          const std::vector<std::string>& allow_hosts,
                          const SSL_CTX* tls);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_DASHBOARD_NAME_H_
