#include "scaling/runs/own_export.h"

#include <algorithm>
#include <cstddef>
#include <iterator>

#include "absl/strings/string_view.h"

namespace isoshape {
namespace {

// In their order.
constexpr absl::string_view kPointColumns[] = {"params", "tokens", "loss",
                                               "flops",  "width",  "depth",
                                               "budget", "seed",   "run"};

constexpr absl::string_view kCurveColumns[] = {
    "trial",           "step",         "tokens", "flops", "train_loss",
    "validation_loss", "gradient_norm"};

template <size_t kCount>
bool BeginsWith(const std::vector<Cell>& header,
                const absl::string_view (&names)[kCount]) {
  return header.size() >= kCount &&
         std::equal(std::begin(names), std::end(names), header.begin(),
                    [](absl::string_view name, const Cell& cell) {
                      return cell.text == name;
                    });
}

bool HasColumn(const std::vector<Cell>& header, absl::string_view name) {
  return std::any_of(header.begin(), header.end(),
                     [&](const Cell& cell) { return cell.text == name; });
}

}  // namespace

OwnExport OwnExportOf(const std::vector<Cell>& header) {
  if (HasColumn(header, "shape_card.validation_loss")) {
    return OwnExport::kTrials;
  }
  if (BeginsWith(header, kCurveColumns)) return OwnExport::kCurves;
  return BeginsWith(header, kPointColumns) ? OwnExport::kPoints
                                           : OwnExport::kNone;
}

std::string LackOf(OwnExport own) {
  switch (own) {
    case OwnExport::kTrials:
      return "it is a file of trials, with verification runs and without "
             "cooldown branches: 'isoshape export c1 --points' writes the "
             "losses that 'isoshape fit c1' rests on";
    case OwnExport::kCurves:
      return "it is a file of curves: 'isoshape export c1 --points' writes the "
             "losses that 'isoshape fit c1' rests on";
    default:
      return "";
  }
}

}  // namespace isoshape
