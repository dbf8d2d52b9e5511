#include "cli/output/comparison_output.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/output/format.h"
#include "cli/output/table.h"
#include "common/text/counted.h"
#include "messages/shape/shape_proto.h"
#include "shape/shape.h"

namespace isoshape {
namespace {

// `+0.0123 [+0.0080, +0.0166]`
std::string DifferenceText(const v1::Estimate& difference) {
  std::string text = absl::StrFormat("%+.4f", difference.value());
  if (difference.has_lower() && difference.has_upper()) {
    absl::StrAppendFormat(&text, " [%+.4f, %+.4f]", difference.lower(),
                          difference.upper());
  }
  return text;
}

// `1.2 ms (0.97x)`: the variant's, and over the reference's.
std::string CostText(double value, double reference,
                     std::string (*format)(double)) {
  if (!(value > 0) || !(reference > 0)) return "-";
  return absl::StrFormat("%s (%.2fx)", format(value), value / reference);
}

double Of(bool has, double value) { return has ? value : kNotMeasured; }

void AddRow(const std::string& variant, const v1::PairedDifference& row,
            Table& table) {
  const v1::VariantMeans& means = row.variant();
  const v1::VariantMeans& reference = row.reference();
  table.AddRow(
      {variant, row.has_shape() ? ShapeLabel(FromProto(row.shape())) : "all",
       row.budget_flops() > 0 ? FormatFlops(row.budget_flops()) : "all",
       absl::StrCat(row.pairs()), FormatLoss(means.validation_loss()),
       DifferenceText(row.difference()),
       CostText(means.tokens(), reference.tokens(), FormatCount),
       CostText(means.flops(), reference.flops(), FormatFlops),
       CostText(means.parameters(), reference.parameters(), FormatCount),
       CostText(Of(means.has_peak_memory_bytes(), means.peak_memory_bytes()),
                reference.peak_memory_bytes(), FormatBytes),
       CostText(Of(means.has_step_seconds(), means.step_seconds()),
                reference.step_seconds(), FormatSeconds)});
}

}  // namespace

void PrintComparisons(const v1::CompareVariantsResponse& response,
                      std::ostream& out) {
  Table table({{"VARIANT"},
               {"SHAPE"},
               {"BUDGET", Table::kRight},
               {"PAIRS", Table::kRight},
               {"LOSS", Table::kRight},
               {"DIFFERENCE"},
               {"TOKENS"},
               {"FLOPS"},
               {"PARAMETERS"},
               {"MEMORY"},
               {"STEP"}});
  double level = 0;
  for (const v1::VariantComparison& comparison : response.comparisons()) {
    const v1::PairedDifference& overall = comparison.overall();
    if (overall.pairs() == 0) {
      table.AddRow({comparison.variant(), "none", "", "0"});
      continue;
    }
    level = overall.difference().level();
    AddRow(comparison.variant(), overall, table);
    if (comparison.shapes_size() < 2) continue;
    for (const v1::PairedDifference& shape : comparison.shapes()) {
      AddRow("", shape, table);
    }
  }
  out << "Differences of validation loss to " << response.reference()
      << ", nats per token, on the same shapes, budgets and seeds: above 0 the "
         "variant is worse";
  if (level > 0) {
    out << "; in brackets "
        << absl::StrFormat("%g %% intervals by Student's t over the pairs",
                           100 * level);
  }
  out << ".\nIn round brackets: over that of " << response.reference()
      << ".\n\n";
  table.Print(out);
  for (const v1::VariantComparison& comparison : response.comparisons()) {
    if (comparison.incomplete() == 0) continue;
    out << "note: " << Counted(comparison.incomplete(), "trial") << " of "
        << comparison.variant() << " or " << response.reference()
        << " without a result of the partner\n";
  }
}

}  // namespace isoshape
