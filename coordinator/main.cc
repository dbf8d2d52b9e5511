// isoshape-coordinator: serves campaigns from one database.
#include <signal.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/console/command_line.h"
#include "common/console/config_file.h"
#include "common/console/one_of.h"
#include "common/process/ending_signals.h"
#include "common/process/error_output.h"
#include "common/process/program_log.h"
#include "common/text/one_line.h"
#include "common/text/time_text.h"
#include "common/threads/cancellation.h"
#include "coordinator/freed_memory.h"
#include "coordinator/listen_address.h"
#include "coordinator/log_changes.h"
#include "coordinator/server.h"
#include "coordinator/server_limits.h"
#include "coordinator/transport_security.h"

namespace isoshape {
namespace {

constexpr char kFooter[] =
    "\nExample:\n"
    "  isoshape-coordinator --db results.db --address 127.0.0.1:50551\n"
    "  isoshape-coordinator --address 0.0.0.0:50551 --tls-cert cert.pem "
    "--tls-key key.pem --tokens isoshape.tokens\n"
    "  isoshape-coordinator --config /etc/isoshape/coordinator.yaml\n"
    "\nBeyond this machine it takes TLS and tokens; "
    "docs/security.md.\nSIGTERM, "
    "SIGINT, SIGHUP, SIGUSR1 and SIGUSR2 finish what is under way and exit "
    "with 0.";

// The values of the command line.
struct Flags {
  Flags() { options.http = "127.0.0.1:50580"; }

  Server::Options options;
  std::string lease_duration = absl::FormatDuration(options.lease_duration);
  std::string log_level = "info";
};

// Says why it ends, on standard error, which may be a pipe that nobody reads;
// returns the exit code.
int Fail(absl::string_view why, int code) {
  ErrorOutput::Get().Write(
      absl::StrCat("isoshape-coordinator: ", Printable(why), "\n"));
  return code;
}

// Adds the flags, and returns that of --http.
CLI::Option* AddFlags(CLI::App& app, Flags& flags) {
  Server::Options& options = flags.options;
  app.add_option(
         "--address", options.address,
         "HOST:PORT to listen on, port 0: any that is free; or unix:PATH")
      ->capture_default_str();
  app.add_option("--db", options.db,
                 "SQLite file, PATH or sqlite:PATH, created if it is missing; "
                 "or postgres://USER@HOST/DATABASE")
      ->capture_default_str();
  app.add_flag("--standby", options.standby,
               "wait as long as another coordinator has the database, and take "
               "over when it has gone (PostgreSQL)");
  app.add_option("--lease-duration", flags.lease_duration,
                 "how long a worker may be silent, for example 30s or 2m")
      ->capture_default_str();
  CLI::Option* const http =
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
                 "certificate in PEM: gRPC and HTTP are TLS; read again when "
                 "it changes");
  app.add_option("--tls-key", options.security.tls_key, "its key in PEM");
  app.add_option("--tls-client-ca", options.security.tls_client_ca,
                 "certificates in PEM that sign those which clients must show");
  app.add_flag("--insecure", options.security.insecure,
               "let others reach it without TLS or tokens");
  app.add_option("--log-level", flags.log_level,
                 "debug (every trial), info, warn or error")
      ->check(OneOf(LogLevels()))
      ->capture_default_str();
  app.add_flag("--read-only", options.read_only,
               "serve reading alone: calls that may change something are "
               "refused, over gRPC and HTTP, no lease ends and nothing is "
               "planned");
  return http;
}

// Reads the command line; the exit code of a program that ends by it, or none.
std::optional<int> ReadFlags(int argc, char** argv, CLI::App& app,
                             Flags& flags) {
  app.formatter(std::make_shared<HelpFormatter>());
  app.footer(kFooter);
  app.set_version_flag("--version", "isoshape-coordinator " ISOSHAPE_VERSION);
  const CLI::Option* const http = AddFlags(app, flags);
  AddConfigFlag(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help_or_version) {
    return app.exit(help_or_version);
  } catch (const CLI::ParseError& error) {
    return Fail(UsageMessage(app, error, {argv + 1, argv + argc}), 2);
  }
  Server::Options& options = flags.options;
  options.http_any_port = http->empty();
  if (options.http == "off") options.http.clear();
  const std::string& lease = flags.lease_duration;
  const absl::StatusOr<absl::Duration> read = ReadDuration(lease);
  if (!read.ok()) {
    return Fail(WithPlaceInConfig(app, absl::StrCat("--lease-duration ",
                                                    read.status().message())),
                2);
  }
  options.lease_duration = *read;
  if (options.standby && options.read_only) {
    return Fail(
        "--standby and --read-only: one that serves reading alone must not "
        "take the lead; leave one out",
        2);
  }
  return std::nullopt;
}

// Says where the server is reached, which tests and scripts read.
void Announce(const Server& server, const Server::Options& options) {
  const std::string address = server.address();
  std::string text =
      absl::StrCat("isoshape-coordinator " ISOSHAPE_VERSION " listening on ",
                   address, ", database ", Printable(options.db), "\n");
  const std::string dashboard = server.http_address();
  if (!dashboard.empty())
    absl::StrAppend(&text, "dashboard: ", dashboard, "\n");
  // A pipe that is full must keep nobody from the signals. Never destroyed, as
  // what waits may be written until the end.
  static ErrorOutput& output = *new ErrorOutput(STDOUT_FILENO);
  output.Write(text);
  if (const std::string moved = server.MovedHttp(); !moved.empty()) {
    spdlog::warn("{}", moved);
  }
  for (const std::string& listens : {address, server.http_host_port()}) {
    const auto parsed = ParseListenAddress(listens);
    if (!parsed.ok()) continue;  // no HTTP
    const std::string exposed = Exposure(options.security, *parsed);
    if (!exposed.empty()) spdlog::warn("--insecure: {}", exposed);
  }
}

// Why the lead of the database is lost, if it is: another coordinator has taken
// it, and this process ends as by a signal.
class LostLead {
 public:
  void Set(const std::string& why) {
    {
      absl::MutexLock lock(&mutex_);
      why_ = why;
    }
    kill(getpid(), SIGTERM);
  }
  std::string why() {
    absl::MutexLock lock(&mutex_);
    return why_;
  }

 private:
  absl::Mutex mutex_;
  std::string why_ ABSL_GUARDED_BY(mutex_);
};

// Serves until a signal comes; the exit code.
int Main(int argc, char** argv) {
  Flags flags;
  CLI::App app("Serves isoshape campaigns: proposes, leases and keeps trials.",
               "isoshape-coordinator");
  if (const std::optional<int> code = ReadFlags(argc, argv, app, flags)) {
    return *code;
  }
  const absl::StatusOr<std::string> few =
      CheckThreads(ThreadsOn(static_cast<int>(sysconf(_SC_NPROCESSORS_CONF))));
  if (!few.ok()) return Fail(few.status().message(), 1);
  StartProgramLog(flags.log_level);
  if (!few->empty()) spdlog::warn("{}", *few);
  flags.options.on_commit = [writer = std::make_shared<ChangeWriter>()](
                                const auto& commit) { writer->Write(commit); };
  const sigset_t signals = BlockEndingSignals();
  RaiseDescriptorLimit();
  IgnoreFileSizeSignal();
  GiveBackFreedMemory();
  // Debian's Abseil looks at each lock, those of gRPC too, whether it could
  // close a circle of waits: under one lock for all threads.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  LostLead lost;
  flags.options.on_lead_lost = [&lost](const std::string& why) {
    lost.Set(why);
  };
  flags.options.on_standby = [](const std::string& address) {
    spdlog::info(
        "a standby on {}: calls are refused as long as another has "
        "the lead",
        address);
  };
  Cancellation opening;
  flags.options.opening = &opening;
  auto watch = std::make_unique<EndingSignalWatch>(signals, &opening);
  auto server = Server::Start(flags.options);
  watch.reset();
  if (!lost.why().empty()) return Fail(lost.why(), 1);
  if (absl::IsCancelled(server.status())) {
    spdlog::info("a signal came before the database could be opened");
    return 0;
  }
  if (!server.ok()) {
    return Fail(WithPlaceInConfig(app, server.status().message()),
                absl::IsInvalidArgument(server.status()) ? 2 : 1);
  }
  Announce(**server, flags.options);
  int received = 0;
  sigwait(&signals, &received);
  if (lost.why().empty()) {
    spdlog::info("signal {}: finishing what is under way", received);
  }
  server->reset();
  return lost.why().empty() ? 0 : Fail(lost.why(), 1);
}

}  // namespace
}  // namespace isoshape

int main(int argc, char** argv) { return isoshape::Main(argc, argv); }
