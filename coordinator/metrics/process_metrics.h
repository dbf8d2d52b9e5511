#ifndef ISOSHAPE_COORDINATOR_METRICS_PROCESS_METRICS_H_
#define ISOSHAPE_COORDINATOR_METRICS_PROCESS_METRICS_H_

#include <prometheus/metric_family.h>

#include <string>
#include <vector>

namespace isoshape {

// A family of one value that can go down.
prometheus::MetricFamily Gauge(const std::string& name, const std::string& help,
                               double value);

// What Prometheus' own client libraries say of every process, by the same
// names: process_cpu_seconds_total, process_resident_memory_bytes,
// process_open_fds, process_max_fds, process_start_time_seconds.
std::vector<prometheus::MetricFamily> ProcessMetrics();

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_METRICS_PROCESS_METRICS_H_
