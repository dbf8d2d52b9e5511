#include "cli/output/best_output.h"

#include <google/protobuf/repeated_field.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <limits>
#include <numbers>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "cli/output/format.h"
#include "cli/output/table.h"
#include "common/text/format_number.h"
#include "messages/shape/shape_proto.h"
#include "scaling/statistics/pareto_front.h"
#include "shape/accounting.h"
#include "shape/shape.h"

namespace isoshape {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::infinity();

std::vector<double> FiguresOf(const v1::RankedShape& shape) {
  return {shape.validation_loss(), static_cast<double>(shape.parameters()),
          shape.has_peak_memory_bytes()
              ? static_cast<double>(shape.peak_memory_bytes())
              : kUnknown,
          shape.has_decode_seconds() ? shape.decode_seconds() : kUnknown};
}

}  // namespace

void KeepParetoFront(int asked, v1::ListBestShapesResponse* best) {
  google::protobuf::RepeatedPtrField<v1::RankedShape> front;
  const auto& shapes = best->shapes();
  for (auto begin = shapes.begin(); begin != shapes.end();) {
    const auto end = std::find_if(begin, shapes.end(), [&](const auto& shape) {
      return shape.budget_flops() != begin->budget_flops();
    });
    std::vector<std::vector<double>> figures;
    std::transform(begin, end, std::back_inserter(figures), FiguresOf);
    const std::vector<bool> on_front = ParetoFront(figures);
    for (size_t i = 0; i < on_front.size(); ++i) {
      if (on_front[i]) *front.Add() = *(begin + static_cast<ptrdiff_t>(i));
    }
    if (static_cast<int>(on_front.size()) == asked) {
      best->add_warnings(absl::StrFormat(
          "at %s FLOPs the %d shapes of the least loss were looked at; if "
          "there are more, they may be on the front as well: narrow it with "
          "--max-parameters, --max-memory-bytes or --max-decode-seconds",
          FormatFlops(begin->budget_flops()), asked));
    }
    begin = end;
  }
  best->mutable_shapes()->Swap(&front);
}

void PrintBestShapes(const v1::ListBestShapesResponse& best,
                     std::ostream& out) {
  Table table({{"BUDGET", Table::kRight},
               {"RANK", Table::kRight},
               {"SHAPE"},
               {"FFN", Table::kRight},
               {"ASPECT", Table::kRight},
               {"PARAMETERS", Table::kRight},
               {"SIZE", Table::kRight},
               {"TOKENS", Table::kRight},
               {"LOSS", Table::kRight},
               {"BITS", Table::kRight},
               {"STDERR", Table::kRight},
               {"ABOVE BEST", Table::kRight},
               {"TRIALS", Table::kRight},
               {"TOKENS/S", Table::kRight},
               {"MEMORY", Table::kRight},
               {"DECODE", Table::kRight},
               {"ENGINE"}});
  for (const v1::RankedShape& shape : best.shapes()) {
    const Shape plain = FromProto(shape.shape());
    table.AddRow(
        {FormatFlops(shape.budget_flops()), absl::StrCat(shape.rank()),
         ShapeLabel(plain), absl::StrCat(plain.ffn_width),
         FormatRatio(AspectRatio(plain)), FormatCount(shape.parameters()),
         FormatCount(shape.size()), FormatCount(shape.tokens()),
         FormatLoss(shape.validation_loss()),
         FormatLoss(shape.validation_loss() / std::numbers::ln2),
         FormatLoss(shape.validation_loss_stderr()),
         FormatLoss(shape.loss_above_best()), absl::StrCat(shape.trials_size()),
         FormatCount(shape.has_tokens_per_second() ? shape.tokens_per_second()
                                                   : kNotMeasured),
         FormatBytes(shape.has_peak_memory_bytes()
                         ? static_cast<double>(shape.peak_memory_bytes())
                         : kNotMeasured),
         FormatSeconds(shape.has_decode_seconds() ? shape.decode_seconds()
                                                  : kNotMeasured),
         shape.engines().empty() ? "-" : absl::StrJoin(shape.engines(), ", ")});
  }
  table.Print(out);
}

}  // namespace isoshape
