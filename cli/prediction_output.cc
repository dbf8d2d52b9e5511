#include "cli/prediction_output.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/format.h"
#include "cli/law_output.h"
#include "cli/table.h"
#include "common/proto_json.h"
#include "common/shape_proto.h"

namespace isoshape {
namespace {

using nlohmann::ordered_json;

ordered_json ShapeToJson(const PricedShape& priced) {
  const ShapeChoice& choice = priced.choice;
  return {{"shape", ToJson(ToProto(choice.shape), true)},
          {"aspect_ratio", AspectRatio(choice.shape)},
          {"parameters", priced.parameters},
          {"size", choice.size},
          {"tokens", choice.tokens},
          {"loss", choice.loss},
          {"above_best", priced.above_best},
          {"wasted_compute", priced.wasted_compute}};
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
  PrintFields(fields, out);
  PrintFigures("AT THE OPTIMUM", prediction.figures, prediction.level, out);
  if (!prediction.shapes.empty()) {
    const Shape& base = prediction.shapes.front().choice.shape;
    out << '\n'
        << "shapes of head_dim " << base.head_dim << ", vocabulary "
        << FormatInteger(base.vocab) << ", context "
        << FormatInteger(base.context) << ":\n";
    Table table({{"SHAPE"},
                 {"ASPECT", Table::kRight},
                 {"PARAMETERS", Table::kRight},
                 {"SIZE", Table::kRight},
                 {"TOKENS", Table::kRight},
                 {"LOSS", Table::kRight},
                 {"ABOVE BEST", Table::kRight},
                 {"COMPUTE WASTED", Table::kRight}});
    for (const PricedShape& priced : prediction.shapes) {
      const ShapeChoice& choice = priced.choice;
      table.AddRow({ShapeLabel(choice.shape),
                    FormatRatio(AspectRatio(choice.shape)),
                    FormatCount(priced.parameters), FormatCount(choice.size),
                    FormatCount(choice.tokens), FormatLoss(choice.loss),
                    FormatLoss(priced.above_best),
                    absl::StrFormat("%.2g %%", 100 * priced.wasted_compute)});
    }
    table.Print(out);
  }
  for (const std::string& warning : prediction.warnings) {
    out << "warning: " << warning << '\n';
  }
}

}  // namespace isoshape
