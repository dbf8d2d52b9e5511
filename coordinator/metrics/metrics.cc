#include "coordinator/metrics/metrics.h"

#include <google/protobuf/descriptor.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <atomic>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/status/code_name.h"
#include "coordinator/metrics/process_metrics.h"
#include "coordinator/services/worker_reads.h"
#include "isoshape/v1/analysis_service.grpc.pb.h"
#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/campaign_service.grpc.pb.h"
#include "isoshape/v1/figure_service.grpc.pb.h"
#include "isoshape/v1/trial.pb.h"
#include "isoshape/v1/worker_service.grpc.pb.h"
#include "messages/trial/lifecycle.h"

namespace isoshape {
namespace {

using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::Interceptor;
using grpc::experimental::InterceptorBatchMethods;
using grpc::experimental::ServerInterceptorFactoryInterface;
using grpc::experimental::ServerRpcInfo;
using prometheus::MetricFamily;

// Campaigns and workers that are read at a time.
constexpr int kPage = 500;

// Seconds: a commit takes milliseconds, a fit may take minutes.
const prometheus::Histogram::BucketBoundaries kBuckets = {
    0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100};

// Numbers by state, as one family.
MetricFamily ByState(const std::string& name, const std::string& help,
                     const std::map<std::string, double>& values) {
  MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = prometheus::MetricType::Gauge;
  for (const auto& [state, value] : values) {
    prometheus::ClientMetric metric;
    metric.label = {{"state", state}};
    metric.gauge.value = value;
    family.metric.push_back(std::move(metric));
  }
  return family;
}

// What all campaigns have together.
struct CampaignTotals {
  std::map<std::string, double> campaigns;
  std::map<std::string, double> trials;
  double waiting = 0;  // trials of campaigns that run

  CampaignTotals() {
    for (const char* state : {"pending", "leased", "succeeded", "failed",
                              "diverged", "stopped", "cancelled"}) {
      trials[state] = 0;
    }
    for (int state = v1::Campaign::State_MIN; state <= v1::Campaign::State_MAX;
         ++state) {
      if (state == v1::Campaign::STATE_UNSPECIFIED ||
          !v1::Campaign::State_IsValid(state)) {
        continue;
      }
      campaigns[absl::AsciiStrToLower(v1::Campaign::State_Name(
          static_cast<v1::Campaign::State>(state)))] = 0;
    }
  }

  void Add(const v1::Campaign& campaign) {
    ++campaigns[absl::AsciiStrToLower(
        v1::Campaign::State_Name(campaign.state()))];
    const v1::TrialCounts& counts = campaign.trial_counts();
    trials["pending"] += counts.pending();
    trials["leased"] += counts.leased();
    trials["succeeded"] += counts.succeeded();
    trials["failed"] += counts.failed();
    trials["diverged"] += counts.diverged();
    trials["stopped"] += counts.stopped();
    trials["cancelled"] += counts.cancelled();
    if (campaign.state() == v1::Campaign::RUNNING) waiting += counts.pending();
  }
};

absl::StatusOr<CampaignTotals> ReadTotals(Store& store) {
  CampaignTotals totals;
  Page<std::string> page = {.after = std::nullopt, .limit = kPage};
  while (true) {
    const auto campaigns = store.ListCampaigns(page);
    if (!campaigns.ok()) return campaigns.status();
    for (const v1::Campaign& campaign : *campaigns) totals.Add(campaign);
    if (campaigns->size() < static_cast<size_t>(kPage)) return totals;
    page.after = campaigns->back().name();
  }
}

// Tells of a call when its status is sent.
class CallTimer final : public Interceptor {
 public:
  CallTimer(Metrics* metrics, Metrics::Method* method)
      : metrics_(metrics), method_(method) {}

  void Intercept(InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(
            InterceptionHookPoints::PRE_SEND_STATUS)) {
      metrics_->CallEnded(*method_, methods->GetSendStatus().error_code(),
                          Clock::Real()->Elapsed() - begin_);
    }
    methods->Proceed();
  }

 private:
  Metrics* const metrics_;
  Metrics::Method* const method_;
  const absl::Duration begin_ = Clock::Real()->Elapsed();
};

class CallTimers final : public ServerInterceptorFactoryInterface {
 public:
  explicit CallTimers(Metrics* metrics) : metrics_(metrics) {}

  Interceptor* CreateServerInterceptor(ServerRpcInfo* info) override {
    Metrics::Method* const method = metrics_->MethodOf(info->method());
    return method == nullptr ? nullptr : new CallTimer(metrics_, method);
  }

 private:
  Metrics* const metrics_;
};

}  // namespace

// Prometheus finds a series by a map of its labels, which costs more than all
// else that a call is counted by. A series begins with the first call that it
// counts.
class Metrics::Method {
 public:
  explicit Method(absl::string_view name) : name_(name) {}

  prometheus::Histogram& Took(prometheus::Family<prometheus::Histogram>& all) {
    return Known(took_, [&] {
      return &all.Add({{"method", name_}}, kBuckets);
    });
  }
  prometheus::Counter& Ended(grpc::StatusCode code,
                             prometheus::Family<prometheus::Counter>& all) {
    // A code that there is not is what the client takes it for.
    if (code < 0 || code >= static_cast<int>(ended_.size())) {
      code = grpc::StatusCode::UNKNOWN;
    }
    return Known(ended_[code], [&] {
      return &all.Add(
          {{"method", name_},
           {"code", CodeName(static_cast<absl::StatusCode>(code))}});
    });
  }

 private:
  // Those who add a series at the same time are given the same one.
  template <typename Series, typename Add>
  static Series& Known(std::atomic<Series*>& known, const Add& add) {
    Series* series = known.load(std::memory_order_acquire);
    if (series == nullptr) {
      series = add();
      known.store(series, std::memory_order_release);
    }
    return *series;
  }

  const std::string name_;
  std::atomic<prometheus::Histogram*> took_ = nullptr;
  std::array<std::atomic<prometheus::Counter*>, grpc::UNAUTHENTICATED + 1>
      ended_{};
};

Metrics::Metrics(Options options)
    : options_(std::move(options)),
      calls_(prometheus::BuildHistogram()
                 .Name("isoshape_rpc_duration_seconds")
                 .Help("Calls by the time until their status was sent.")
                 .Register(registry_)),
      codes_(prometheus::BuildCounter()
                 .Name("isoshape_rpcs_total")
                 .Help("Calls by method and status.")
                 .Register(registry_)),
      events_(prometheus::BuildCounter()
                  .Name("isoshape_trial_events_total")
                  .Help("Events of trials by the state after them; pending: "
                        "made, handed back or lost.")
                  .Register(registry_)),
      commits_(prometheus::BuildCounter()
                   .Name("isoshape_commits_total")
                   .Help("Commits of the database.")
                   .Register(registry_)
                   .Add({})),
      scrape_errors_(prometheus::BuildCounter()
                         .Name("isoshape_scrape_errors_total")
                         .Help("Scrapes for which the database could not be "
                               "read.")
                         .Register(registry_)
                         .Add({})),
      methods_(MakeMethods()) {}

Metrics::~Metrics() = default;

Metrics::Methods Metrics::MakeMethods() {
  Methods methods;
  for (const char* name : {v1::CampaignService::service_full_name(),
                           v1::WorkerService::service_full_name(),
                           v1::AnalysisService::service_full_name(),
                           v1::FigureService::service_full_name()}) {
    const auto* const service =
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
            name);
    for (int i = 0; i < service->method_count(); ++i) {
      const std::string& method = service->method(i)->name();
      methods.emplace(absl::StrCat("/", name, "/", method),
                      std::make_unique<Method>(method));
    }
  }
  return methods;
}

Metrics::Method* Metrics::MethodOf(absl::string_view path) const {
  const auto known = methods_.find(path);
  return known == methods_.end() ? nullptr : known->second.get();
}

void Metrics::CallEnded(Method& method, grpc::StatusCode code,
                        absl::Duration took) {
  method.Took(calls_).Observe(absl::ToDoubleSeconds(took));
  method.Ended(code, codes_).Increment();
}

void Metrics::OnCommit(const std::vector<Mutation>& mutations) {
  commits_.Increment();
  // What was trained elsewhere did not happen to a worker of ours.
  std::set<std::string> imported;
  for (const Mutation& mutation : mutations) {
    const auto* const put = std::get_if<PutTrial>(&mutation);
    if (put != nullptr && !IsTrainedHere(put->trial)) {
      imported.insert(put->trial.name());
    }
  }
  for (const Mutation& mutation : mutations) {
    const auto* const append = std::get_if<AppendEvent>(&mutation);
    if (append == nullptr ||
        append->event.kind() != v1::CampaignEvent::TRIAL_CHANGED ||
        imported.contains(append->event.trial())) {
      continue;
    }
    prometheus::Counter*& count = states_[append->event.trial_state()];
    if (count == nullptr) {
      count =
          &events_.Add({{"state", absl::AsciiStrToLower(v1::Trial::State_Name(
                                      append->event.trial_state()))}});
    }
    count->Increment();
  }
}

std::vector<MetricFamily> Metrics::NowOfStore() {
  const auto totals = ReadTotals(*options_.store);
  double workers = 0;
  double slots = 0;
  const absl::Status read = VisitConnectedWorkers(
      *options_.store, options_.clock->Now(), options_.lease_duration,
      [&](const v1::Worker& worker) {
        ++workers;
        slots += worker.slots();
        return true;
      });
  if (!totals.ok() || !read.ok()) {
    scrape_errors_.Increment();
    return {};
  }
  return {
      ByState("isoshape_campaigns", "Campaigns by state.", totals->campaigns),
      ByState("isoshape_trials", "Trials of all campaigns by state.",
              totals->trials),
      Gauge("isoshape_waiting_trials",
            "Trials of running campaigns that no worker has: what to scale "
            "workers by.",
            totals->waiting),
      Gauge("isoshape_workers", "Workers in contact.", workers),
      Gauge("isoshape_slots", "Trials that these can train at once.", slots)};
}

std::vector<MetricFamily> Metrics::NowOfExecutor(const Executor::Load& load) {
  MetricFamily refused;
  refused.name = "isoshape_refused_calls_total";
  refused.help = "Calls refused because too many waited before them.";
  refused.type = prometheus::MetricType::Counter;
  refused.metric.resize(1);
  refused.metric[0].counter.value = static_cast<double>(load.refused);
  return {std::move(refused),
          Gauge("isoshape_heartbeat_interval_seconds",
                "How often workers are asked to send heartbeats; longer than "
                "a third of --lease-duration: there are many, or calls wait.",
                absl::ToDoubleSeconds(load.heartbeat_interval)),
          Gauge("isoshape_queued_calls",
                "Calls that wait for their turn, or for the disk.",
                static_cast<double>(load.queued)),
          Gauge("isoshape_disk_silence_seconds",
                "For how long the disk has not answered a commit, once that "
                "is a second; 0: it answers.",
                absl::ToDoubleSeconds(load.disk_silence))};
}

std::string Metrics::Text() {
  std::vector<MetricFamily> families;
  const auto add = [&families](std::vector<MetricFamily> more) {
    std::move(more.begin(), more.end(), std::back_inserter(families));
  };
  bool disk_answers = true;
  if (options_.load != nullptr) {
    const Executor::Load load = options_.load();
    disk_answers = load.disk_silence == absl::ZeroDuration();
    add(NowOfExecutor(load));
  }
  if (options_.waiting_connections != nullptr) {
    add({Gauge("isoshape_waiting_connections",
               "Connections to gRPC that wait until those before them have "
               "been read.",
               static_cast<double>(options_.waiting_connections()))});
  }
  if (disk_answers) {
    add(NowOfStore());
  } else {
    scrape_errors_.Increment();
  }
  add(ProcessMetrics());
  add(registry_.Collect());
  return prometheus::TextSerializer().Serialize(families);
}

std::unique_ptr<ServerInterceptorFactoryInterface> Metrics::MeasureCalls(
    Metrics* metrics) {
  return std::make_unique<CallTimers>(metrics);
}

}  // namespace isoshape
