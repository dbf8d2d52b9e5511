#include "cli/output/shape_costs_output.h"

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/output/format.h"
#include "cli/output/table.h"
#include "common/text/counted.h"
#include "messages/shape/shape_proto.h"
#include "shape/shape.h"

namespace isoshape {
namespace {

// Beyond so many runnable processes for each processor, times are longer than
// on a quiet machine.
constexpr double kBusyLoad = 0.5;

void AddShape(const v1::MeasuredShape& shape, Table& table) {
  const Shape plain = FromProto(shape.shape());
  const auto milliseconds = [](bool measured, double seconds) {
    return FormatSeconds(measured ? seconds : kNotMeasured);
  };
  table.AddRow(
      {ShapeLabel(plain), absl::StrCat(plain.ffn_width),
       FormatCount(static_cast<double>(shape.parameters())),
       milliseconds(shape.has_step_seconds(), shape.step_seconds()),
       milliseconds(shape.has_step_seconds_min(), shape.step_seconds_min()),
       milliseconds(shape.has_step_seconds_max(), shape.step_seconds_max()),
       FormatCount(shape.has_tokens_per_second() ? shape.tokens_per_second()
                                                 : kNotMeasured),
       FormatBytes(shape.has_peak_memory_bytes()
                       ? static_cast<double>(shape.peak_memory_bytes())
                       : kNotMeasured),
       milliseconds(shape.has_prefill_seconds(), shape.prefill_seconds()),
       milliseconds(shape.has_decode_seconds(), shape.decode_seconds()),
       absl::StrCat(shape.runs(), " x ", shape.steps()),
       shape.engines().empty() ? "-" : absl::StrJoin(shape.engines(), ", ")});
}

}  // namespace

void PrintShapeCosts(const v1::ShapeCosts& costs, std::ostream& out) {
  Table table({{"SHAPE"},
               {"FFN", Table::kRight},
               {"PARAMETERS", Table::kRight},
               {"STEP", Table::kRight},
               {"MIN", Table::kRight},
               {"MAX", Table::kRight},
               {"TOKENS/S", Table::kRight},
               {"MEMORY", Table::kRight},
               {"PREFILL", Table::kRight},
               {"DECODE", Table::kRight},
               {"RUNS", Table::kRight},
               {"ENGINE"}});
  std::set<std::string> engines;
  for (const v1::MeasuredShape& shape : costs.shapes()) {
    AddShape(shape, table);
    engines.insert(shape.engines().begin(), shape.engines().end());
  }
  table.Print(out);
  out << costs.trainer() << " on " << costs.device() << " ("
      << costs.device_name() << "), " << costs.precision() << ", "
      << FormatInteger(costs.tokens_per_step()) << " tokens a step; load "
      << FormatRatio(costs.load_average()) << " on "
      << Counted(costs.cpus(), "processor") << '\n';
  for (const v1::MeasuredShape& shape : costs.shapes()) {
    if (!shape.error().empty()) {
      out << "warning: " << ShapeLabel(FromProto(shape.shape())) << ": "
          << shape.error() << '\n';
    }
    if (shape.passes() > 1) {
      out << "warning: " << ShapeLabel(FromProto(shape.shape()))
          << ": the memory does not hold a whole step; it took "
          << shape.passes() << " passes\n";
    }
  }
  if (engines.size() > 1) {
    out << "warning: speed, memory and latency do not compare between engines, "
           "and these are of "
        << absl::StrJoin(engines, ", ") << '\n';
  }
  if (costs.load_average() > kBusyLoad * costs.cpus()) {
    out << "warning: other programs were running; times are longer than on a "
           "quiet machine\n";
  }
}

}  // namespace isoshape
