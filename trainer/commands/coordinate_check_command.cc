#include <cstdio>
#include <stdexcept>
#include <string>

#include "trainer/commands/coordinate_check.h"
#include "trainer/commands/flags.h"
#include "trainer/engine/device.h"

namespace isoshape {
namespace {

constexpr char kUsage[] =
    R"(usage: isoshape-trainer coordinate-check [FLAG …]

Trains small models of several widths and depths for a few steps and shows
whether the size of their activations depends on the shape. If it does, a
learning rate found at one shape is wrong at another. Exit code 0 if it is flat
after every step: the slope of log mean |activation| over log width is within
the tolerance of 0, and the slope over log depth is between -1/2 (independent
branches) and 0, or within the tolerance of that. Exit code 1 if it is not.

  --parameterization completep|mup|standard   (completep)
  --widths W,W,…       multiples of 16, at the first depth (64,128,256)
  --depths L,L,…       at the first width (2,4,8,16)
  --steps N            1 to 100 (10)
  --seeds N            models that are averaged, 1 to 100 (3)
  --learning-rate R    at base width 64 and base depth 2 (0.003)
  --tolerance T        of a slope (0.1)
  --threads N          (0: all cores)
)";

Parameterization ParseParameterization(const std::string& name) {
  if (name == "completep") return Parameterization::kCompleteP;
  if (name == "mup") return Parameterization::kMup;
  if (name == "standard") return Parameterization::kStandard;
  throw std::invalid_argument("--parameterization '" + name +
                              "' is none of completep, mup, standard");
}

void PrintRows(const char* title, const std::vector<CoordinateRow>& rows,
               const std::vector<double>& slopes, const char* slope_title) {
  std::printf("%s\nwidth depth", title);
  for (size_t step = 0; step <= slopes.size(); ++step) {
    std::printf(" %8zu", step);
  }
  std::printf("\n");
  for (const CoordinateRow& row : rows) {
    std::printf("%5lld %5lld", static_cast<long long>(row.width),
                static_cast<long long>(row.depth));
    for (const std::vector<double>& blocks : row.blocks) {
      std::printf(" %8.4g", blocks.back());
    }
    std::printf("\n");
  }
  std::printf("%-20s", slope_title);
  for (const double slope : slopes) std::printf(" %8.3f", slope);
  std::printf("\n\n");
}

}  // namespace

int RunCoordinateCheck(int argc, const char* const* argv) {
  CoordinateCheckOptions options;
  options.recipe.learning_rate = 0.003;
  int threads = 0;
  using Value = const std::string&;
  if (!ReadFlags(
          argc, argv, kUsage,
          {{"--parameterization",
            [&](Value name) {
              options.recipe.parameterization = ParseParameterization(name);
            }},
           {"--widths",
            [&](Value list) {
              options.widths = ParseAscending("--widths", list, 16, 4096);
            }},
           {"--depths",
            [&](Value list) {
              options.depths = ParseAscending("--depths", list, 1, 256);
            }},
           {"--steps",
            [&](Value count) {
              options.steps = ParseWhole("--steps", count, 1, 100);
            }},
           {"--seeds",
            [&](Value count) {
              options.seeds = ParseWhole("--seeds", count, 1, 100);
            }},
           {"--learning-rate",
            [&](Value rate) {
              options.recipe.learning_rate =
                  ParsePositive("--learning-rate", rate);
            }},
           {"--tolerance",
            [&](Value slope) {
              options.tolerance = ParsePositive("--tolerance", slope);
            }},
           {"--threads", [&](Value count) {
              threads =
                  static_cast<int>(ParseWhole("--threads", count, 0, 1024));
            }}})) {
    return 0;
  }
  for (const int64_t width : options.widths) {
    if (width % 16 == 0) continue;
    throw std::invalid_argument("--widths: " + std::to_string(width) +
                                " is not a multiple of the head size 16");
  }
  OpenDevice("cpu", threads);
  const CoordinateTable table = CheckCoordinates(options);
  PrintRows("Mean |activation| after the last block, by step, over widths",
            table.widths, table.width_slopes, "steepest slope");
  PrintRows("The same over depths", table.depths, table.depth_slopes, "slope");
  std::printf(table.flat ? "flat\n" : "not flat\n");
  return table.flat ? 0 : 1;
}

}  // namespace isoshape
