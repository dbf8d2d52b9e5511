#include "scaling/runs/run_clusters.h"

#include <string>

#include "scaling/statistics/cluster_covariance.h"

namespace isoshape {
namespace {

std::vector<int> ClustersOf(const std::vector<std::string>& names) {
  std::vector<int> clusters = GroupNumbers(names);
  if (CountClusters(clusters) == static_cast<int>(clusters.size())) return {};
  return clusters;
}

}  // namespace

std::vector<int> RunClusters(const Runs& runs) { return ClustersOf(runs.run); }

std::vector<int> RunClusters(const Runs& runs,
                             const std::vector<size_t>& rows) {
  std::vector<std::string> names;
  if (runs.run.empty()) return {};
  names.reserve(rows.size());
  for (const size_t row : rows) names.push_back(runs.run[row]);
  return ClustersOf(names);
}

}  // namespace isoshape
