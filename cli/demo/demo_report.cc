#include "cli/demo/demo_report.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/console/best_output.h"
#include "cli/console/law_output.h"
#include "cli/demo/demo_campaign.h"
#include "messages/proto_json.h"
#include "messages/shape_proto.h"
#include "shape/shape.h"

namespace isoshape {
namespace {

// `0.52 [0.44, 0.61]`, or the value alone if there is no interval.
std::string Interval(const v1::Estimate& estimate, int decimals) {
  const std::string value = absl::StrFormat("%.*f", decimals, estimate.value());
  if (!estimate.has_lower() || !estimate.has_upper()) {
    return absl::StrCat(value, " (interval not identified)");
  }
  return absl::StrFormat("%s [%.*f, %.*f]", value, decimals, estimate.lower(),
                         decimals, estimate.upper());
}

// Losses of the trials that check the prediction.
absl::StatusOr<std::vector<double>> MeasuredLosses(const DemoResult& result) {
  std::vector<double> losses;
  for (const v1::Trial& trial : result.trials) {
    if (trial.purpose() != v1::Trial::VERIFICATION) continue;
    if (trial.state() != v1::Trial::SUCCEEDED) {
      return absl::InternalError(absl::StrCat(
          "the prediction was not checked: ", trial.name(), " ended as ",
          EnumName(trial.state()), ": ", trial.error()));
    }
    losses.push_back(trial.shape_card().validation_loss());
  }
  if (losses.empty()) {
    return absl::InternalError("the prediction was not checked: no trial");
  }
  return losses;
}

void PrintCheck(const DemoResult& result, const std::vector<double>& losses,
                std::ostream& out) {
  const v1::Estimate& loss = result.prediction.loss();
  out << "  predicted  " << ShapeLabel(FromProto(result.prediction.shape()))
      << ", " << Interval(loss, 3)
      << absl::StrFormat(" nats/byte (%.0f %%)\n  measured   ",
                         100 * loss.level());
  int inside = 0;
  for (const double measured : losses) {
    const bool in = measured >= loss.lower() && measured <= loss.upper();
    inside += in ? 1 : 0;
    out << absl::StrFormat("%.3f (%s) ", measured, in ? "inside" : "outside");
  }
  out << absl::StrFormat("\n  %d of %d seeds inside the interval\n", inside,
                         losses.size());
}

void PrintBigram(const DemoResult& result, std::ostream& out) {
  for (const v1::RankedShape& shape : result.best.shapes()) {
    if (shape.rank() != 1) continue;
    out << absl::StrFormat(
        "  %.3g FLOPs: best %.3f, held-out bigram entropy %.3f: %s\n",
        shape.budget_flops(), shape.validation_loss(), shape.bigram_entropy(),
        shape.validation_loss() < shape.bigram_entropy() ? "below"
                                                         : "NOT below");
  }
}

// The path as seen from the working folder, if that is shorter.
std::string Nearby(const std::string& path) {
  std::error_code error;
  const std::string near = std::filesystem::proximate(path, error).string();
  return error || near.empty() || near.size() > path.size() ? path : near;
}

void PrintBestShape(const v1::PredictShapeResponse& prediction,
                    std::ostream& out) {
  const Shape shape = FromProto(prediction.shape());
  out << absl::StrFormat(
      "\nBest shape for %.3g FLOPs: depth %d, width %d (%d heads of %d, ffn "
      "%d), %d parameters, N* %s, %d tokens\n",
      prediction.target_flops(), shape.depth, shape.width, shape.heads,
      shape.head_dim, shape.ffn_width, prediction.parameters(),
      Interval(prediction.optimal_size(), 0), prediction.tokens());
}

void PrintNext(const DemoOptions& options, const DemoResult& result,
               std::ostream& out) {
  const std::string isoshape =
      Nearby(absl::StrCat(options.binaries, "/isoshape"));
  const std::string& name = result.campaign.name();
  out << "\nTo look further\n  " << isoshape << " serve --db "
      << Nearby(options.directory) << "/demo.db &\n  " << isoshape
      << " trial list " << name << "\n  " << isoshape << " fit " << name
      << "\n  " << isoshape << " predict " << name << " --target "
      << absl::StrFormat("%.3g", 10 * result.prediction.target_flops())
      << "\n  " << isoshape << " export " << name << " --format csv\n";
}

nlohmann::ordered_json ReportJson(const DemoResult& result) {
  nlohmann::ordered_json json;
  json["campaign"] = ToJson(result.campaign);
  json["best"] = ToJson(result.best);
  json["fit"] = ToJson(result.fit);
  json["prediction"] = ToJson(result.prediction);
  json["verification"] = nlohmann::ordered_json::array();
  for (const v1::Trial& trial : result.trials) {
    if (trial.purpose() == v1::Trial::VERIFICATION) {
      json["verification"].push_back(ToJson(trial));
    }
  }
  return json;
}

}  // namespace

std::string PredictionLine(const v1::PredictShapeResponse& prediction) {
  return absl::StrFormat(
      "predicted for %.3g FLOPs, before training it: %s with N %.0f, loss %s "
      "nats/byte (%.0f %%); now training it with %d seeds",
      prediction.target_flops(), ShapeLabel(FromProto(prediction.shape())),
      prediction.size(), Interval(prediction.loss(), 3),
      100 * prediction.loss().level(), kVerificationSeeds);
}

absl::Status PrintReport(const DemoOptions& options, const DemoResult& result,
                         std::ostream& out) {
  const absl::StatusOr<std::vector<double>> losses = MeasuredLosses(result);
  if (options.json) {
    out << ReportJson(result).dump(2) << "\n";
    return losses.status();
  }
  out << "\nAll shapes, by budget and loss\n";
  PrintBestShapes(result.best, out);
  out << "\nOptimum of each isoFLOP curve, and its growth with compute\n";
  PrintLaw(result.fit, out);
  out << "\nAgainst the bigram entropy of the held-out text, nats/byte\n";
  PrintBigram(result, out);
  out << absl::StrFormat(
      "\nThe prediction at %.3g FLOPs (%.3g times the largest budget), and "
      "what training it gave\n",
      result.prediction.target_flops(), result.prediction.extrapolation());
  for (const std::string& warning : result.prediction.warnings()) {
    out << "  warning: " << warning << "\n";
  }
  if (losses.ok()) PrintCheck(result, *losses, out);
  if (!losses.ok()) return losses.status();
  PrintBestShape(result.prediction, out);
  PrintNext(options, result, out);
  return absl::OkStatus();
}

}  // namespace isoshape
