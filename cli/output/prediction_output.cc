#include "cli/output/prediction_output.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "cli/output/format.h"
#include "cli/output/law_output.h"
#include "cli/output/table.h"
#include "common/status/code_name.h"
#include "common/text/counted.h"
#include "common/text/one_line.h"
#include "messages/shape/shape_proto.h"
#include "scaling/predict/refusal.h"
#include "shape/shape.h"

namespace isoshape {
namespace {

// Less than this of the compute besides training is none.
constexpr double kRounding = 1e-9;

using Fields = std::vector<std::pair<std::string, std::string>>;

void AddShape(const v1::PredictShapeResponse& prediction, Fields& fields) {
  const v1::Shape& shape = prediction.shape();
  // Without an aspect ratio that the runs tell no shape is the best one.
  const bool ratio_is_known = prediction.aspect_ratio() > 0;
  fields.emplace_back(
      ratio_is_known ? "best shape" : "a shape",
      absl::StrCat(ShapeLabel(FromProto(shape)), ": depth ", shape.depth(),
                   ", width ", shape.width(), ", heads ", shape.heads(), " of ",
                   shape.head_dim(), ", ffn ", shape.ffn_width(),
                   ratio_is_known
                       ? ""
                       : "; the nearest to the middle aspect ratio of what was "
                         "tried, for the best is not identified"));
  fields.emplace_back("parameters", FormatInteger(prediction.parameters()));
  fields.emplace_back("size", FormatCount(prediction.size()));
  fields.emplace_back("tokens",
                      FormatCount(static_cast<double>(prediction.tokens())));
}

// What was asked, and by which law it is answered.
void AddQuestion(const v1::PredictShapeResponse& prediction,
                 SizeMeasure measure, Fields& fields) {
  const std::string& question = prediction.question();
  fields.emplace_back(
      question == "run" || question == "target-loss" ? "compute (FLOPs)"
                                                     : "target (FLOPs)",
      absl::StrCat(FormatFlops(prediction.target_flops()),
                   prediction.training_flops() <
                           prediction.target_flops() * (1 - kRounding)
                       ? absl::StrCat(", of which training ",
                                      FormatFlops(prediction.training_flops()))
                       : "",
                   ", ", FormatRatio(prediction.extrapolation()),
                   " x the largest measured"));
  fields.emplace_back(
      "law", absl::StrCat(prediction.law(), ", ", prediction.constraint(),
                          ", N is ", DescribeSize(measure)));
}

// Size, tokens and loss of an answer that is identified. Those that are no
// optimum have no interval: they were asked for, or given by the runs.
void AddIdentified(const v1::PredictShapeResponse& prediction, bool optimum,
                   Fields& fields) {
  const auto text = [&](const v1::Estimate& estimate) {
    return optimum ? FormatEstimate(estimate, FormatCount)
                   : FormatCount(estimate.value());
  };
  // A shape's size and tokens stand above already, as whole steps make them.
  const std::string what = optimum                  ? "optimal "
                           : prediction.has_shape() ? "exact "
                                                    : "";
  fields.emplace_back(what + "size", text(prediction.optimal_size()));
  fields.emplace_back(what + "tokens", text(prediction.optimal_tokens()));
  fields.emplace_back("loss of a run",
                      FormatEstimate(prediction.loss(), FormatLoss));
}

// What an answer that is not identified as a whole still has: each line follows
// the figure of its name in the table below. A trend has no table.
void AddJudged(const v1::PredictShapeResponse& prediction, bool optimum,
               Fields& fields) {
  bool named = false;
  for (const v1::LawFigure& figure : prediction.figures()) {
    const bool loss = figure.name() == "loss";
    if (!loss &&
        !(optimum && (figure.name() == "size" || figure.name() == "tokens"))) {
      continue;
    }
    if (figure.unidentified().empty()) {
      // The loss of a run, which scatters, was not made.
      if (loss) continue;
      fields.emplace_back(absl::StrCat("optimal ", figure.name()),
                          FormatEstimate(figure.estimate(), FormatCount));
    } else {
      named = true;
      fields.emplace_back(
          loss ? "loss of a run" : absl::StrCat("optimal ", figure.name()),
          "not identified: " + figure.unidentified());
    }
  }
  if (named) return;
  fields.emplace_back(optimum ? "optimal size" : "loss of a run",
                      "not identified: " + prediction.unidentified());
}

// How it was predicted, but for what was tried on runs that were left out,
// which has a row of its own.
std::string MethodText(const v1::PredictShapeResponse& prediction) {
  std::vector<std::string> parts = absl::StrSplit(prediction.method(), "; ");
  if (prediction.has_held_out()) {
    std::erase_if(parts, [](const std::string& part) {
      return absl::StartsWith(part, "without the ");
    });
  }
  return absl::StrJoin(parts, "; ");
}

void PrintPricedShapes(const v1::PredictShapeResponse& prediction, bool limited,
                       std::ostream& out) {
  if (prediction.shapes().empty()) return;
  const v1::Shape& base = prediction.shapes(0).shape();
  out << '\n'
      << "shapes of head_dim " << base.head_dim() << ", vocabulary "
      << FormatInteger(base.vocab()) << ", context "
      << FormatInteger(base.context()) << ":\n";
  const bool timed = prediction.shapes(0).has_decode_seconds();
  std::vector<Table::Column> columns = {
      {"SHAPE"},
      {"ASPECT", Table::kRight},
      {"PARAMETERS", Table::kRight},
      {"SIZE", Table::kRight},
      {"TOKENS", Table::kRight},
      {"LOSS", Table::kRight},
      {limited ? "ABOVE BEST WITHIN LIMITS" : "ABOVE BEST", Table::kRight},
      {"COMPUTE WASTED", Table::kRight}};
  if (timed) columns.push_back({"A TOKEN", Table::kRight});
  const bool beyond = std::any_of(
      prediction.shapes().begin(), prediction.shapes().end(),
      [](const v1::PricedShape& one) { return !one.beyond().empty(); });
  if (beyond) columns.push_back({"TO TRY, NOT FOUND"});
  Table table(columns);
  for (const v1::PricedShape& priced : prediction.shapes()) {
    const Shape shape = FromProto(priced.shape());
    std::vector<std::string> row = {
        ShapeLabel(shape),
        FormatRatio(AspectRatio(shape)),
        FormatCount(static_cast<double>(priced.parameters())),
        FormatCount(priced.size()),
        FormatCount(priced.tokens()),
        FormatLoss(priced.loss()),
        FormatLoss(priced.above_best()),
        FormatPercent(priced.wasted_compute())};
    if (timed) {
      row.push_back(absl::StrFormat("%.3g ms", 1e3 * priced.decode_seconds()));
    }
    if (beyond) row.push_back(priced.beyond());
    table.AddRow(row);
  }
  table.Print(out);
}

}  // namespace

std::string RefusalJson(const absl::Status& refused) {
  nlohmann::ordered_json json = {{"code", CodeName(refused.code())},
                                 {"message", OneLine(refused.message(), 2000)}};
  for (const auto& [law, reason] : ReasonsOf(refused)) {
    json["laws"].push_back({{"law", law}, {"reason", reason}});
  }
  return json.dump();
}

void PrintPrediction(const v1::PredictShapeResponse& prediction,
                     SizeMeasure measure, bool limited, std::ostream& out) {
  const std::string& question = prediction.question();
  const bool optimum =
      question.empty() || question == "optimum" || question == "target-loss";
  Fields fields;
  AddQuestion(prediction, measure, fields);
  if (prediction.has_shape()) AddShape(prediction, fields);
  if (prediction.unidentified().empty()) {
    AddIdentified(prediction, optimum, fields);
  } else {
    AddJudged(prediction, optimum, fields);
  }
  if (prediction.aspect_ratio() > 0) {
    fields.emplace_back("aspect ratio", FormatRatio(prediction.aspect_ratio()));
  }
  if (prediction.has_held_out()) {
    const v1::HeldOutCheck& check = prediction.held_out();
    fields.emplace_back(
        "tried on",
        absl::StrFormat(
            "the %s above %s FLOPs, left out: %+.2f %% off "
            "(standard error %.2f %%)",
            Counted(check.trials(), "run"), FormatFlops(check.above_flops()),
            100 * std::expm1(check.miss()), 100 * check.standard_error()));
  }
  fields.emplace_back("method", MethodText(prediction));
  if (prediction.has_decode_seconds()) {
    fields.emplace_back("a decoded token",
                        absl::StrFormat("%.3g ms, by the measured shapes",
                                        1e3 * prediction.decode_seconds()));
  }
  PrintFields(fields, out);
  PrintFigures(optimum ? "AT THE OPTIMUM" : "THERE", prediction.figures(), out);
  PrintPricedShapes(prediction, limited, out);
  PrintAdvice(prediction.advice(), out);
  PrintWarnings(prediction.warnings(), prediction.basis(), out);
}

}  // namespace isoshape
