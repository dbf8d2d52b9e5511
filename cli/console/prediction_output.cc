#include "cli/console/prediction_output.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/console/format.h"
#include "cli/console/law_output.h"
#include "cli/console/table.h"
#include "messages/proto_json.h"
#include "messages/shape_proto.h"

namespace isoshape {
namespace {

using nlohmann::ordered_json;

ordered_json ShapeToJson(const PricedShape& priced) {
  const ShapeChoice& choice = priced.choice;
  ordered_json json = {{"shape", ToJson(ToProto(choice.shape), true)},
                       {"aspect_ratio", AspectRatio(choice.shape)},
                       {"parameters", priced.parameters},
                       {"size", choice.size},
                       {"tokens", choice.tokens},
                       {"loss", choice.loss},
                       {"above_best", priced.above_best},
                       {"wasted_compute", priced.wasted_compute}};
  if (priced.decode_seconds) json["decode_seconds"] = *priced.decode_seconds;
  return json;
}

}  // namespace

ordered_json PredictionToJson(const LawPrediction& prediction) {
  ordered_json json;
  json["law"] = prediction.law;
  json["compute"] = prediction.flops;
  json["constraint"] = prediction.constraint;
  json["largest_compute_measured"] = prediction.largest_flops;
  json["extrapolation"] = prediction.flops / prediction.largest_flops;
  json["converged"] = prediction.converged;
  if (prediction.check.reach > 0) {
    json["held_out"] = {{"runs", prediction.check.runs},
                        {"above_compute", prediction.check.above},
                        {"miss", prediction.check.miss},
                        {"standard_error", prediction.check.standard_error}};
  }
  AddFiguresToJson("prediction", prediction.figures, prediction.level,
                   prediction.interval_method, json);
  if (!prediction.shapes.empty()) {
    ordered_json& shapes = json["shapes"] = ordered_json::array();
    for (const PricedShape& priced : prediction.shapes) {
      shapes.push_back(ShapeToJson(priced));
    }
  }
  json["warnings"] = prediction.warnings;
  return json;
}

void PrintPrediction(const LawPrediction& prediction, std::ostream& out) {
  std::vector<std::pair<std::string, std::string>> fields = {
      {"compute",
       absl::StrCat(FormatFlops(prediction.flops), " FLOPs, ",
                    FormatRatio(prediction.flops / prediction.largest_flops),
                    " x the largest run")},
      {"law", absl::StrCat(prediction.law, ", ", prediction.constraint)}};
  if (!prediction.interval_method.empty()) {
    fields.emplace_back("intervals", prediction.interval_method);
  }
  if (prediction.check.reach > 0) {
    fields.emplace_back(
        "tried on",
        absl::StrFormat("the %d runs above %s FLOPs, left out: %+.2f %% off "
                        "(standard error %.2f %%)",
                        prediction.check.runs,
                        FormatFlops(prediction.check.above),
                        100 * prediction.check.miss,
                        100 * prediction.check.standard_error));
  }
  PrintFields(fields, out);
  PrintFigures("AT THE OPTIMUM", prediction.figures, prediction.level, out);
  PrintPricedShapes(prediction.shapes, out);
  for (const std::string& warning : prediction.warnings) {
    out << "warning: " << warning << '\n';
  }
}

void PrintPricedShapes(const std::vector<PricedShape>& shapes,
                       std::ostream& out) {
  if (shapes.empty()) return;
  const Shape& base = shapes.front().choice.shape;
  out << '\n'
      << "shapes of head_dim " << base.head_dim << ", vocabulary "
      << FormatInteger(base.vocab) << ", context "
      << FormatInteger(base.context) << ":\n";
  const bool timed = shapes.front().decode_seconds.has_value();
  std::vector<Table::Column> columns = {{"SHAPE"},
                                        {"ASPECT", Table::kRight},
                                        {"PARAMETERS", Table::kRight},
                                        {"SIZE", Table::kRight},
                                        {"TOKENS", Table::kRight},
                                        {"LOSS", Table::kRight},
                                        {"ABOVE BEST", Table::kRight},
                                        {"COMPUTE WASTED", Table::kRight}};
  if (timed) columns.push_back({"A TOKEN", Table::kRight});
  Table table(columns);
  for (const PricedShape& priced : shapes) {
    const ShapeChoice& choice = priced.choice;
    std::vector<std::string> row = {
        ShapeLabel(choice.shape),
        FormatRatio(AspectRatio(choice.shape)),
        FormatCount(priced.parameters),
        FormatCount(choice.size),
        FormatCount(choice.tokens),
        FormatLoss(choice.loss),
        FormatLoss(priced.above_best),
        absl::StrFormat("%.2g %%", 100 * priced.wasted_compute)};
    if (timed) {
      row.push_back(absl::StrFormat("%.3g ms", 1e3 * *priced.decode_seconds));
    }
    table.AddRow(row);
  }
  table.Print(out);
}

}  // namespace isoshape
