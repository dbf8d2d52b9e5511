#include "coordinator/server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <spdlog/spdlog.h>

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"
#include "common/text/time_text.h"
#include "common/threads/cancellation.h"
#include "coordinator/change_events.h"
#include "coordinator/dashboard_name.h"
#include "coordinator/end_connection.h"
#include "coordinator/http/certificate_names.h"
#include "coordinator/listen_address.h"
#include "coordinator/malformed_requests.h"
#include "coordinator/server_limits.h"
#include "coordinator/standby.h"
#include "storage/open_store.h"

namespace isoshape {
namespace {

// For answers to leave through the sockets. gRPC waits until then for clients
// too that are connected and ask nothing, so it is short.
constexpr absl::Duration kFlush = absl::Milliseconds(200);

// Is answered when everything that was submitted before it has been.
class Echo final : public Executor::Operation {
 public:
  explicit Echo(std::function<void(const absl::Status&)> done)
      : done_(std::move(done)) {}
  bool Apply(Scheduler&) override { return true; }
  void Reply(const absl::Status& committed) override { done_(committed); }
  Urgency urgency() const override { return Urgency::kOwn; }

 private:
  const std::function<void(const absl::Status&)> done_;
};

absl::StatusOr<std::unique_ptr<Store>> OpenStoreOf(
    const Server::Options& options) {
  // What is computed later must not be left undone by it.
  const Cancellation::Scope scope(options.opening);
  return OpenStore(
      options.db,
      {.tell = [](const std::string& why) { spdlog::info("{}", why); },
       // A name that is mistyped is no new database for those who look.
       .must_exist = options.read_only,
       .standby = options.standby,
       .on_lost = options.on_lead_lost});
}

// What becomes of files that are read again when they have changed.
auto TellRead(const std::string& what) {
  return [what](const absl::Status& read) {
    if (read.ok()) return spdlog::info("the {} were read again", what);
    spdlog::error("the old {} stay: {}", what, std::string(read.message()));
  };
}

std::vector<AnalysisQuestion> StandingQuestions(const std::string& campaign) {
  std::vector<AnalysisQuestion> questions =
      AnalysisService::StandingQuestions(campaign);
  for (AnalysisQuestion& one : FigureService::StandingQuestions(campaign)) {
    questions.push_back(std::move(one));
  }
  return questions;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const Options& options) {
  if (options.lease_duration < absl::Seconds(1) ||
      options.lease_duration > absl::Hours(24)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--lease-duration ", WrittenDuration(options.lease_duration),
        " is out of range; give 1s to 24h"));
  }
  ISOSHAPE_ASSIGN_OR_RETURN(ListenAddress address,
                            ParseListenAddress(options.address));
  ISOSHAPE_RETURN_IF_ERROR(CheckTransportSecurity(options.security, address));
  std::unique_ptr<Server> server(new Server(options));
  ISOSHAPE_RETURN_IF_ERROR(server->CheckHttp());
  ISOSHAPE_RETURN_IF_ERROR(server->ReadTokens());
  ISOSHAPE_RETURN_IF_ERROR(server->ReadTls());
  const std::shared_ptr<grpc::ServerCredentials> credentials =
      MakeServerCredentials(server->certificates_.get(),
                            {.access = server->access_.get(),
                             .admission = &server->admission_,
                             .read_only = options.read_only});
  ISOSHAPE_ASSIGN_OR_RETURN(std::unique_ptr<Listener> listener,
                            Listener::Bind(std::move(address)));
  server->WatchForFloods(listener->address().port);
  std::unique_ptr<Standby> standby;
  // A file is opened or refused at once: nobody is told of a standby over one.
  if (options.standby && IsPostgresAddress(options.db)) {
    ISOSHAPE_RETURN_IF_ERROR(server->CheckHttpPort());
    ISOSHAPE_ASSIGN_OR_RETURN(
        standby,
        Standby::Start(credentials, &server->admission_, listener.get()));
    if (options.on_standby) options.on_standby(listener->address().ToString());
  }
  ISOSHAPE_RETURN_IF_ERROR(server->MakeServices());
  standby.reset();
  ISOSHAPE_RETURN_IF_ERROR(server->StartGrpc(credentials, std::move(listener)));
  ISOSHAPE_RETURN_IF_ERROR(server->StartHttp());
  return server;
}

Server::Server(const Options& options)
    : options_(options),
      admission_({.end =
                      [this](const std::string& peer, const std::string& did) {
                        return EndConnections({{peer, did}}, grpc_port_) > 0;
                      },
                  .begun =
                      [this](const std::string& peer) {
                        if (floods_ != nullptr) floods_->Begun(peer);
                      }}) {}

void Server::WatchForFloods(uint16_t port) {
  if (port == 0) return;
  grpc_port_ = port;
  floods_ = std::make_unique<FloodWatch>(FloodWatch::OfPort(port));
  floods_->Start();
}

absl::Status Server::ReadTokens() {
  if (options_.security.tokens.empty()) return absl::OkStatus();
  ISOSHAPE_ASSIGN_OR_RETURN(
      access_, AccessPolicy::Make({.tokens = options_.security.tokens,
                                   .clock = options_.clock,
                                   .on_read = TellRead("tokens")}));
  return absl::OkStatus();
}

absl::Status Server::ReadTls() {
  const TransportSecurity& security = options_.security;
  if (!security.tls()) return absl::OkStatus();
  ISOSHAPE_ASSIGN_OR_RETURN(
      tls_, TlsFiles::Make({.cert = security.tls_cert,
                            .key = security.tls_key,
                            .client_ca = security.tls_client_ca,
                            .clock = options_.clock,
                            .on_read = TellRead("certificate files")}));
  ISOSHAPE_ASSIGN_OR_RETURN(certificates_,
                            ServedCertificates::Make(tls_.get()));
  return absl::OkStatus();
}

absl::Status Server::MakeServices() {
  ISOSHAPE_ASSIGN_OR_RETURN(store_, OpenStoreOf(options_));
  Store* const store = store_.get();
  hub_ = std::make_unique<WatchHub>(store);
  tables_ = std::make_unique<TableCache>(TableCache::Options{.store = store});
  changes_ = std::make_unique<ChangeHub>(
      ChangeHub::Options{.store = store, .tables = tables_.get()});
  cache_ = std::make_unique<AnalysisCache>(AnalysisCache::Options{
      .store = store, .clock = options_.clock, .standing = StandingQuestions});
  cache_->Warm();
  metrics_ = std::make_unique<Metrics>(Metrics::Options{
      .store = store,
      .clock = options_.clock,
      .lease_duration = options_.lease_duration,
      .load =
          [this] {
            Executor::Load load = executor_->load();
            load.refused += admission_.refused();
            return load;
          },
      .waiting_connections = [this] { return listener_->waiting(); }});
  Executor::Options executor;
  executor.scheduler = {.store = store,
                        .clock = options_.clock,
                        .lease_duration = options_.lease_duration,
                        .read_only = options_.read_only};
  executor.on_commit = [hub = hub_.get(), tables = tables_.get(),
                        changes = changes_.get(), cache = cache_.get(),
                        metrics = metrics_.get(),
                        tell = options_.on_commit](const auto& mutations) {
    // The tables first: who is told of a change reads its row.
    tables->OnCommit(mutations);
    changes->OnCommit(mutations);
    hub->OnCommit(mutations);
    cache->OnCommit(mutations);
    metrics->OnCommit(mutations);
    if (tell) tell(mutations);
  };
  ISOSHAPE_ASSIGN_OR_RETURN(executor_, Executor::Start(std::move(executor)));
  const Callers callers(access_.get(), http_secret_);
  campaigns_ = std::make_unique<CampaignService>(
      store, executor_.get(), &reads_, callers, hub_.get(), tables_.get(),
      changes_.get(), &watch_places_, options_.clock, options_.lease_duration);
  workers_ = std::make_unique<WorkerService>(
      WorkerService::Options{.store = store,
                             .executor = executor_.get(),
                             .reads = &reads_,
                             .callers = callers,
                             .clock = options_.clock,
                             .lease_duration = options_.lease_duration});
  analysis_ = std::make_unique<AnalysisService>(cache_.get());
  figures_ = std::make_unique<FigureService>(
      FigureService::Options{.cache = cache_.get(),
                             .store = store,
                             .reads = &reads_,
                             .callers = callers,
                             .tables = tables_.get(),
                             .clock = options_.clock});
  return absl::OkStatus();
}

absl::Status Server::StartGrpc(
    const std::shared_ptr<grpc::ServerCredentials>& credentials,
    std::unique_ptr<Listener> listener) {
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  LimitServer(builder);
  std::vector<
      std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>>
      interceptors;
  interceptors.push_back(admission_.CountCalls(builder));
  // In this order: what is counted is what the client is told.
  interceptors.push_back(ExplainMalformedRequests());
  interceptors.push_back(Metrics::MeasureCalls(metrics_.get()));
  builder.experimental().SetInterceptorCreators(std::move(interceptors));
  using Experimental = grpc::ServerBuilder::experimental_type;
  acceptor_ = builder.experimental().AddExternalConnectionAcceptor(
      Experimental::ExternalConnectionType::FROM_FD, credentials);
  builder.RegisterService(&health_);
  builder.RegisterService(campaigns_.get());
  builder.RegisterService(workers_.get());
  builder.RegisterService(analysis_.get());
  builder.RegisterService(figures_.get());
  grpc_ = builder.BuildAndStart();
  if (grpc_ == nullptr) {
    return absl::InternalError(
        "gRPC does not start; set GRPC_VERBOSITY=ERROR and start it again: its "
        "lines say why");
  }
  listener->StartPaced(acceptor_.get());
  listener_ = std::move(listener);
  return absl::OkStatus();
}

absl::Status Server::CheckHttp() {
  if (options_.http.empty()) return absl::OkStatus();
  absl::StatusOr<ListenAddress> address = ParseListenAddress(options_.http);
  if (!address.ok() || !address->unix_path.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--http '", OneLine(options_.http),
                     "' is not HOST:PORT; give for example 127.0.0.1:50580, or "
                     "off"));
  }
  for (const std::string& host : options_.allow_hosts) {
    ISOSHAPE_RETURN_IF_ERROR(CheckAllowedHost(host));
  }
  http_at_ = *std::move(address);
  // Behind a proxy with TLS tokens may come without it, if that is asked for.
  if (options_.security.insecure) return absl::OkStatus();
  absl::Status secure = CheckTransportSecurity(options_.security, http_at_);
  if (secure.ok()) return secure;
  return absl::InvalidArgumentError(
      absl::StrCat("--http: ", secure.message(),
                   "; or leave --http on 127.0.0.1 behind a proxy with TLS"));
}

absl::Status Server::CheckHttpPort() {
  if (options_.http.empty() || options_.http_any_port) return absl::OkStatus();
  // Not kept until the lead is there: clients that connect would wait for it,
  // where they are to go on to the coordinator that has it.
  return Listener::Bind(http_at_, "--http").status();
}

absl::Status Server::StartHttp() {
  if (options_.http.empty()) return absl::OkStatus();
  HttpServer::Options http = {.limits = options_.http_limits,
                              .tls = tls_.get()};
  for (const std::string& host : options_.allow_hosts) {
    http.policy.allowed_hosts.push_back(absl::AsciiStrToLower(host));
  }
  if (tls_ != nullptr) {
    http.policy.certified = [tls = tls_.get()](const std::string& host) {
      return IsCertifiedFor(tls->Context()->native_handle(), host);
    };
  }
  ListenAddress address = http_at_;
  auto listener = Listener::Bind(address, "--http");
  if (!listener.ok() && options_.http_any_port) {
    address.port = 0;
    listener = Listener::Bind(address, "--http");
  }
  ISOSHAPE_RETURN_IF_ERROR(listener.status());
  // Tables and curves of many trials pass through it.
  grpc::ChannelArguments unbounded;
  unbounded.SetMaxReceiveMessageSize(-1);
  router_ = std::make_unique<Router>(Router::Options{
      .channel = grpc_->InProcessChannel(unbounded),
      .secret = http_secret_,
      .access = access_.get(),
      .asks_for_certificates = tls_ != nullptr && tls_->asks_for_certificates(),
      .read_only = options_.read_only,
      .grpc_port = port(),
      .answer_bytes = AnswerBytes(),
      .ready = [this](auto done) { CheckReady(std::move(done)); },
      .unready = [this] { return executor_->DiskAnswers(); },
      .sequence = [this] { return tables_->sequence(); },
      .rest_of =
          [this](const std::string& campaign) {
            return cache_->RestOf(campaign);
          },
      .metrics = [this] { return metrics_->Text(); },
      .start_events =
          [this](const v1::WatchChangesRequest& request, auto standing) {
            return StartChangeEvents(changes_.get(), request,
                                     std::move(standing));
          }});
  http_ = std::make_unique<HttpServer>(
      std::move(http), [this](const HttpRequest& request, HttpReply reply) {
        return router_->Handle(request, std::move(reply));
      });
  http_listener_ = *std::move(listener);
  http_listener_->Start([this](int descriptor) { http_->Accept(descriptor); });
  campaigns_->SetDashboard(http_address());
  return absl::OkStatus();
}

std::string Server::http_address() const {
  if (http_listener_ == nullptr) return "";
  const auto context = tls_ == nullptr ? nullptr : tls_->Context();
  ListenAddress seen = http_listener_->address();
  seen.host =
      DashboardName(seen, options_.allow_hosts,
                    context == nullptr ? nullptr : context->native_handle());
  return absl::StrCat(tls_ == nullptr ? "http://" : "https://", seen.ToString(),
                      "/");
}

std::string Server::MovedHttp() const {
  if (http_listener_ == nullptr || http_at_.port == 0 ||
      http_listener_->address().port == http_at_.port) {
    return "";
  }
  const std::string now = http_host_port();
  return absl::StrCat(http_at_.ToString(),
                      " is taken by another program: the dashboard is at ", now,
                      "; clients over HTTP (Python) need ISOSHAPE_HTTP=", now,
                      ", or give --http another port");
}

void Server::CheckReady(std::function<void(const absl::Status&)> done) {
  if (const auto read = store_->GetCounter("campaign"); !read.ok()) {
    return done(read.status());
  }
  if (const absl::Status status = store_->CheckWritable(); !status.ok()) {
    return done(status);
  }
  executor_->Submit(std::make_unique<Echo>(std::move(done)));
}

Server::~Server() { Stop(); }

void Server::Stop() {
  const absl::Time end = absl::Now() + options_.drain;
  if (listener_ != nullptr) listener_->Stop();
  if (http_listener_ != nullptr) http_listener_->Stop();
  if (http_ != nullptr) http_->Drain();
  if (hub_ != nullptr) hub_->Stop();
  if (changes_ != nullptr) changes_->Stop();
  if (tables_ != nullptr) tables_->Stop();
  if (executor_ != nullptr) executor_->EndWaits();
  if (cache_ != nullptr) cache_->Stop();
  reads_.Stop();
  if (grpc_ != nullptr) {
    // Shared: if the drain is too short, the barrier outlives this call.
    auto passed = std::make_shared<absl::Notification>();
    executor_->Submit(std::make_unique<Echo>(
        [passed](const absl::Status&) { passed->Notify(); }));
    passed->WaitForNotificationWithTimeout(options_.drain);
    if (http_ != nullptr) http_->Stop(end - absl::Now());
    router_.reset();
    grpc_->Shutdown(absl::ToChronoTime(absl::Now() + kFlush));
    grpc_->Wait();
    grpc_.reset();
    acceptor_.reset();
  }
  listener_.reset();
  http_listener_.reset();
  executor_.reset();
}

}  // namespace isoshape
