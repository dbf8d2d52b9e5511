#include "cli/commands/answers/report_of_file.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "cli/flags/law_flags.h"
#include "cli/flags/run_shapes.h"
#include "cli/flags/shape_flags.h"
#include "common/status/status_macros.h"
#include "figures/build_figure.h"
#include "messages/analysis/law_proto.h"
#include "messages/analysis/prediction_proto.h"
#include "messages/campaign/campaign_space.h"
#include "scaling/predict/predict.h"
#include "scaling/reports/fit_law.h"
#include "scaling/runs/run_file.h"
#include "scaling/runs/runs.h"
#include "shape/default_step.h"

namespace isoshape {
namespace {

absl::StatusOr<v1::FitLawResponse> FitOf(const Runs& runs, Law law) {
  ISOSHAPE_ASSIGN_OR_RETURN(const LawOptions options,
                            ToLawOptions({}, law, runs.rows()));
  ISOSHAPE_ASSIGN_OR_RETURN(const LawReport report, FitLaw(runs, options));
  return ToProto(report);
}

absl::StatusOr<v1::PredictShapeResponse> PredictionOf(const Runs& runs,
                                                      RunFile& file,
                                                      double target_flops) {
  ISOSHAPE_ASSIGN_OR_RETURN(const ShapeFlags family,
                            WithFamilyOfRuns({}, file, runs));
  ISOSHAPE_ASSIGN_OR_RETURN(const SearchSpace space,
                            SearchSpaceOfFlags(family));
  v1::PredictShapeRequest request;
  request.set_target_flops(target_flops);
  ISOSHAPE_ASSIGN_OR_RETURN(PredictionQuestion question,
                            ToQuestion(request, space));
  ISOSHAPE_ASSIGN_OR_RETURN(question.fit,
                            ToLawOptions({}, Law::kParametric, runs.rows()));
  ISOSHAPE_ASSIGN_OR_RETURN(const Prediction prediction,
                            Predict(runs, question));
  return ToProto(prediction, kDefaultTokensPerStep);
}

// The columns of the runs by the names that those of trials have, as far as
// they are known.
v1::ListTrialTableResponse TableOf(const Runs& runs) {
  v1::ListTrialTableResponse table;
  table.set_total(static_cast<int32_t>(runs.rows()));
  table.set_matching(table.total());
  const auto add = [&](const char* name, const auto& values) {
    if (values.empty()) return;
    v1::TrialColumn& column = *table.add_columns();
    column.set_name(name);
    column.mutable_numbers()->Add(values.begin(), values.end());
  };
  add("line", runs.line);
  add("depth", runs.depth);
  add("width", runs.width);
  add("budget_flops", runs.budget);
  add("flops", runs.TrainingFlops());
  add("size", runs.size);
  add("parameters", runs.params);
  add("tokens", runs.tokens);
  add("validation_loss", runs.loss);
  add("validation_loss_stderr", runs.loss_stderr);
  add("decode_seconds", runs.decode_seconds);
  return table;
}

// Those of campaigns alone are left out: a file has the ends of runs.
std::vector<std::pair<v1::Figure::Kind, absl::StatusOr<v1::Figure>>> FiguresOf(
    const Runs& runs, const RunFile& file, const std::string& name,
    double target_flops) {
  std::vector<std::pair<v1::Figure::Kind, absl::StatusOr<v1::Figure>>> figures;
  for (int i = v1::Figure::ISOFLOP; v1::Figure::Kind_IsValid(i); ++i) {
    const auto kind = static_cast<v1::Figure::Kind>(i);
    if (kind == v1::Figure::CURVES || kind == v1::Figure::PROGRESS) continue;
    v1::GetFigureRequest request;
    request.set_kind(kind);
    FigureData data;
    data.name = name;
    data.runs = &runs;
    data.target_flops = target_flops;
    data.warnings = file.warnings;
    figures.emplace_back(kind, BuildFigure(std::move(data), request));
  }
  return figures;
}

}  // namespace

absl::StatusOr<ReportData> ReportDataOfFile(
    const RunTableFlags& flags, const std::optional<std::string>& size,
    double target_flops) {
  ISOSHAPE_ASSIGN_OR_RETURN(RunFile file, ReadRunTable(flags, {}));
  ISOSHAPE_ASSIGN_OR_RETURN(const Runs runs, SizedRuns(size, file));
  if (target_flops == 0) {
    target_flops = kDefaultReach * runs.FlopsRange().second;
  }
  ReportData data;
  data.file = InputName(flags);
  data.imported = static_cast<int64_t>(runs.rows());
  data.imported_alone = true;
  data.table = TableOf(runs);
  data.prediction = PredictionOf(runs, file, target_flops);
  if (data.prediction.ok()) {
    data.prediction->mutable_warnings()->Add(file.warnings.begin(),
                                             file.warnings.end());
  }
  for (const Law law : {Law::kIsoflop, Law::kParametric}) {
    data.laws.push_back(FitOf(runs, law));
  }
  data.figures = FiguresOf(runs, file, data.file, target_flops);
  return data;
}

}  // namespace isoshape
