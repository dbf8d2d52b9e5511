// isoshape-coordinator: serves campaigns from one database.
#include <signal.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/ending_signals.h"
#include "common/program_log.h"
#include "coordinator/listen_address.h"
#include "coordinator/log_changes.h"
#include "coordinator/server.h"
#include "coordinator/server_limits.h"

static constexpr char kFooter[] =
    "\nExample:\n"
    "  isoshape-coordinator --db results.db --address 127.0.0.1:50551\n"
    "  isoshape-coordinator --address 0.0.0.0:50551 --tls-cert cert.pem "
    "--tls-key key.pem --tokens isoshape.tokens\n"
    "\nBeyond this machine it takes TLS and tokens; "
    "docs/security.md.\nSIGTERM, "
    "SIGINT, SIGHUP, SIGUSR1 and SIGUSR2 finish what is under way and exit "
    "with 0.";

int main(int argc, char** argv) {
  isoshape::Server::Options options;
  options.http = "127.0.0.1:50580";
  std::string lease_duration = absl::FormatDuration(options.lease_duration);
  std::string log_level = "info";
  CLI::App app("Serves isoshape campaigns: proposes, leases and keeps trials.",
               "isoshape-coordinator");
  app.footer(kFooter);
  app.set_version_flag("--version", "isoshape-coordinator " ISOSHAPE_VERSION);
  app.add_option(
         "--address", options.address,
         "HOST:PORT to listen on, port 0: any that is free; or unix:PATH")
      ->capture_default_str();
  app.add_option("--db", options.db,
                 "SQLite file, PATH or sqlite:PATH; created if it is missing")
      ->capture_default_str();
  app.add_option("--lease-duration", lease_duration,
                 "how long a worker may be silent, for example 30s or 2m")
      ->capture_default_str();
  CLI::Option* http =
      app.add_option("--http", options.http,
                     "HOST:PORT of the dashboard and of JSON over HTTP, or "
                     "'off'; port 0: any that is free. If the flag is not "
                     "given and the port is taken: any that is free")
          ->capture_default_str();
  app.add_option("--allow-host", options.allow_hosts,
                 "a further name under which browsers may reach HTTP; may be "
                 "given several times")
      ->allow_extra_args(false);
  app.add_option("--tokens", options.security.tokens,
                 "file of tokens, as 'isoshape token create' writes it: every "
                 "call must show one");
  app.add_option("--tls-cert", options.security.tls_cert,
                 "certificate in PEM: gRPC is TLS; read again when it changes");
  app.add_option("--tls-key", options.security.tls_key, "its key in PEM");
  app.add_option("--tls-client-ca", options.security.tls_client_ca,
                 "certificates in PEM that sign those which clients must show");
  app.add_flag("--insecure", options.security.insecure,
               "let others reach it without TLS or tokens");
  app.add_option("--log-level", log_level,
                 "debug (every trial), info, warn or error")
      ->check(CLI::IsMember(isoshape::LogLevels()))
      ->capture_default_str();
  app.add_flag("--read-only", options.http_read_only,
               "HTTP changes nothing; gRPC still does");
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help_or_version) {
    return app.exit(help_or_version);
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr,
                 "isoshape-coordinator: %s; see 'isoshape-coordinator "
                 "--help'\n",
                 error.what());
    return 2;
  }
  options.http_any_port = http->empty();
  if (options.http == "off") options.http.clear();
  if (!absl::ParseDuration(lease_duration, &options.lease_duration)) {
    double number = 0;
    const std::string remedy =
        absl::SimpleAtod(lease_duration, &number)
            ? absl::StrCat("its unit is missing; give for example ",
                           lease_duration, "s for seconds")
            : "it is no duration; give for example 30s or 2m";
    std::fprintf(stderr, "isoshape-coordinator: --lease-duration '%s': %s\n",
                 lease_duration.c_str(), remedy.c_str());
    return 2;
  }
  isoshape::StartProgramLog(log_level);
  options.on_commit = isoshape::LogChanges;
  const sigset_t signals = isoshape::BlockEndingSignals();
  isoshape::RaiseDescriptorLimit();
  isoshape::IgnoreFileSizeSignal();
  auto server = isoshape::Server::Start(options);
  if (!server.ok()) {
    std::fprintf(stderr, "isoshape-coordinator: %s\n",
                 std::string(server.status().message()).c_str());
    return absl::IsInvalidArgument(server.status()) ? 2 : 1;
  }
  const std::string address = (*server)->address();
  std::printf("isoshape-coordinator " ISOSHAPE_VERSION
              " listening on %s, database %s\n",
              address.c_str(), options.db.c_str());
  const std::string dashboard = (*server)->http_address();
  if (!dashboard.empty()) std::printf("dashboard: %s\n", dashboard.c_str());
  std::fflush(stdout);
  if (options.security.insecure &&
      !isoshape::ParseListenAddress(address)->IsLoopback()) {
    spdlog::warn("anyone who reaches {} can use it", address);
  }
  int received = 0;
  sigwait(&signals, &received);
  spdlog::info("signal {}: finishing what is under way", received);
  server->reset();
  return 0;
}
