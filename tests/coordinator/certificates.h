#ifndef ISOSHAPE_TESTS_COORDINATOR_CERTIFICATES_H_
#define ISOSHAPE_TESTS_COORDINATOR_CERTIFICATES_H_

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "coordinator/transport_security.h"
#include "tests/temp_folder.h"

namespace isoshape {

// A certificate for 127.0.0.1 that signs itself, and its key, by the openssl of
// this machine: `cert.pem` and `key.pem` in the folder, or with a name before.
inline TransportSecurity MakeCertificate(
    const TempFolder& folder, const std::string& common_name = "localhost",
    const std::string& name = "") {
  TransportSecurity security = {.tls_cert = folder.File(name + "cert.pem"),
                                .tls_key = folder.File(name + "key.pem")};
  const std::string command = absl::StrCat(
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 "
      "-nodes -days 2 -subj /CN=",
      common_name,
      " -addext subjectAltName=IP:127.0.0.1,DNS:localhost -keyout ",
      security.tls_key, " -out ", security.tls_cert, " 2>&1 >/dev/null");
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
  return security;
}

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_COORDINATOR_CERTIFICATES_H_
