#include "cli/console/best_output.h"

#include <numbers>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/console/format.h"
#include "cli/console/table.h"
#include "messages/shape_proto.h"
#include "shape/accounting.h"
#include "shape/shape.h"

namespace isoshape {

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
