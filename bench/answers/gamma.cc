#include "bench/answers/gamma.h"

#include <cstdint>
#include <cstdio>
#include <string>

#include "absl/strings/match.h"
#include "bench/answers/tables.h"
#include "scaling/reports/fit_law.h"

namespace isoshape {

void TestTrueGamma(int first, int tables) {
  // Wide enough that gamma is told from E and the exponents.
  const TablePlan plan{.budget_ratio = 10, .sizes = 9, .half_range = 8};
  int tested = 0;
  int rejected = 0;
  for (int i = first; i < first + tables; ++i) {
    Random random(static_cast<uint64_t>(i));
    GeneratedTable table = BeginTable(random);
    AddSweep(plan, random, table);
    const auto report =
        FitLaw(table.runs, {.free_gamma = true, .resamples = kResamples});
    if (!report.ok()) continue;
    for (const std::string& finding : report->findings) {
      const bool rejects = absl::StartsWith(finding, "gamma = 1 is rejected");
      rejected += rejects ? 1 : 0;
      tested +=
          rejects || absl::StartsWith(finding, "gamma = 1 is not rejected") ? 1
                                                                            : 0;
    }
  }
  std::printf(
      "gamma = 1, which it is, is tested on %d of %d tables and rejected on "
      "%d: %.1f %%\n",
      tested, tables, rejected, tested == 0 ? 0 : Percent(rejected, tested));
}

}  // namespace isoshape
