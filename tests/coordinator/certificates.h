#ifndef ISOSHAPE_TESTS_COORDINATOR_CERTIFICATES_H_
#define ISOSHAPE_TESTS_COORDINATOR_CERTIFICATES_H_

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/process/child_process.h"
#include "coordinator/transport_security.h"
#include "tests/temp_folder.h"

namespace isoshape {

// A certificate for 127.0.0.1 that signs itself, and its key, by the openssl of
// this machine: `cert.pem` and `key.pem` in the folder, or with a name before.
// `more` are further subjectAltNames, each with a comma before it.
inline TransportSecurity MakeCertificate(
    const TempFolder& folder, const std::string& common_name = "localhost",
    const std::string& name = "", const std::string& more = "") {
  TransportSecurity security = {.tls_cert = folder.File(name + "cert.pem"),
                                .tls_key = folder.File(name + "key.pem")};
  ChildCommand command;
  command.arguments = {
      "/usr/bin/env",
      "openssl",
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-days",
      "2",
      "-subj",
      absl::StrCat("/CN=", common_name),
      "-addext",
      absl::StrCat("subjectAltName=IP:127.0.0.1,DNS:localhost", more),
      "-keyout",
      security.tls_key,
      "-out",
      security.tls_cert};
  command.relay_error = command.quiet_error = true;
  const auto openssl = ChildProcess::Start(command);
  EXPECT_TRUE(openssl.ok()) << openssl.status();
  if (!openssl.ok()) return security;
  const auto printed = (*openssl)->Exchange("", 1 << 20, absl::Minutes(1));
  EXPECT_TRUE(printed.ok()) << printed.status();
  return security;
}

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_COORDINATOR_CERTIFICATES_H_
