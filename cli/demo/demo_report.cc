#include "cli/demo/demo_report.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/demo/demo_campaign.h"
#include "cli/output/best_output.h"
#include "cli/output/format.h"
#include "cli/output/law_output.h"
#include "cli/output/prediction_output.h"
#include "common/status/status_macros.h"
#include "common/text/format_number.h"
#include "messages/json/enum_name.h"
#include "messages/json/proto_json.h"
#include "messages/shape/shape_proto.h"
#include "shape/shape.h"

namespace isoshape {
namespace {

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
  out << "  predicted  " << FormatEstimate(loss, FormatLoss)
      << "\n  measured  ";
  int inside = 0;
  for (const double measured : losses) {
    const bool in = measured >= loss.lower() && measured <= loss.upper();
    inside += in ? 1 : 0;
    out << ' ' << FormatLoss(measured) << (in ? " (inside)" : " (outside)");
  }
  out << "\n  " << inside << " of " << losses.size()
      << " seeds inside the interval\n";
}

void PrintBigram(const DemoResult& result, std::ostream& out) {
  for (const v1::RankedShape& shape : result.best.shapes()) {
    if (shape.rank() != 1 || !shape.has_bigram_entropy()) continue;
    out << absl::StrFormat(
        "  %s FLOPs: best %.3f, held-out bigram entropy %.3f: %s\n",
        FormatFlops(shape.budget_flops()), shape.validation_loss(),
        shape.bigram_entropy(),
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

void PrintNext(const DemoOptions& options, const DemoResult& result,
               std::ostream& out) {
  const std::string isoshape =
      Nearby(absl::StrCat(options.binaries, "/isoshape"));
  const std::string& name = result.campaign.name();
  out << "\nTo look further\n  " << isoshape << " serve --db "
      << Nearby(options.directory) << "/demo.db &\n  " << isoshape
      << " trial list " << name << "\n  " << isoshape << " fit " << name
      << "\n  " << isoshape << " predict " << name << " --target "
      << FormatFlops(2 * result.prediction.target_flops()) << "\n  " << isoshape
      << " export " << name << " --format csv\n";
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
  return absl::StrCat(
      "predicted for ", FormatFlops(prediction.target_flops()),
      " FLOPs, before training it: ", ShapeLabel(FromProto(prediction.shape())),
      " with N ", FormatCount(prediction.size()), ", loss ",
      FormatEstimate(prediction.loss(), FormatLoss),
      " nats/byte; now training it with ", kVerificationSeeds, " seeds");
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
  out << "\nThe best shape at "
      << FormatRatio(result.prediction.extrapolation())
      << " times the largest budget, predicted before it was trained\n";
  PrintPrediction(result.prediction, SizeMeasure::kFlopsPerToken,
                  /*limited=*/false, out);
  ISOSHAPE_RETURN_IF_ERROR(losses.status());
  out << "\nWhat training that shape gave, nats/byte\n";
  PrintCheck(result, *losses, out);
  PrintNext(options, result, out);
  return absl::OkStatus();
}

}  // namespace isoshape
