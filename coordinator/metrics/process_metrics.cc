#include "coordinator/metrics/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <iterator>
#include <system_error>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/process/process_use.h"

namespace isoshape {
namespace {

// When this program started, well enough: static data are made before main.
const absl::Time kStart = absl::Now();

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) +
         static_cast<double>(time.tv_usec) / 1e6;
}

double ResidentBytes() {
  return static_cast<double>(
      UseOf(getpid()).value_or(ProcessUse{}).resident_bytes);
}

double OpenDescriptors() {
  std::error_code error;
  const std::filesystem::directory_iterator open("/proc/self/fd", error);
  if (error) return 0;
  return static_cast<double>(std::distance(begin(open), end(open)));
}

}  // namespace

prometheus::MetricFamily Gauge(const std::string& name, const std::string& help,
                               double value) {
  prometheus::MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = prometheus::MetricType::Gauge;
  family.metric.resize(1);
  family.metric[0].gauge.value = value;
  return family;
}

std::vector<prometheus::MetricFamily> ProcessMetrics() {
  rusage used = {};
  getrusage(RUSAGE_SELF, &used);
  rlimit descriptors = {};
  getrlimit(RLIMIT_NOFILE, &descriptors);
  prometheus::MetricFamily cpu;
  cpu.name = "process_cpu_seconds_total";
  cpu.help = "Processor time, of user and system.";
  cpu.type = prometheus::MetricType::Counter;
  cpu.metric.resize(1);
  cpu.metric[0].counter.value = Seconds(used.ru_utime) + Seconds(used.ru_stime);
  return {std::move(cpu),
          Gauge("process_resident_memory_bytes", "Resident memory.",
                ResidentBytes()),
          Gauge("process_open_fds", "File descriptors that are open.",
                OpenDescriptors()),
          Gauge("process_max_fds", "File descriptors that may be open.",
                static_cast<double>(descriptors.rlim_cur)),
          Gauge("process_start_time_seconds", "Start, since the Unix epoch.",
                absl::ToDoubleSeconds(kStart - absl::UnixEpoch()))};
}

}  // namespace isoshape
