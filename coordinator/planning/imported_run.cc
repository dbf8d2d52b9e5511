#include "coordinator/planning/imported_run.h"

#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/field_checks.h"
#include "common/status/status_macros.h"
#include "coordinator/planning/user_trial.h"
#include "messages/campaign/campaign_space.h"
#include "messages/campaign/campaign_variants.h"
#include "messages/campaign/tokens_per_step.h"
#include "messages/shape/shape_proto.h"
#include "messages/trial/measured_points.h"
#include "shape/accounting.h"

namespace isoshape {
namespace {

// Beyond what any run has; parameters and tokens are stored in 63 bits.
constexpr double kMaxParameters = 1e18;
constexpr double kMaxFlops = 1e36;
// FLOPs that are 6 N D but for the digits of a file.
constexpr double kRounding = 1e-6;

// 0 if it is not known.
absl::Status CheckFigure(const std::string& field, double value, double least,
                         double most) {
  if (value == 0 || (value >= least && value <= most)) return absl::OkStatus();
  return OutOfRange(
      field, value,
      absl::StrFormat("a number from %g to %g, or leave it out", least, most));
}

absl::Status CheckRun(const v1::ImportedRun& run, const std::string& path) {
  if (run.source().empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        path,
        ".source is empty; say where the run comes from, such as its "
        "file and row, so that it is imported once"));
  }
  ISOSHAPE_RETURN_IF_ERROR(
      CheckLine(absl::StrCat(path, ".source"), run.source(), 200));
  const double loss = run.validation_loss();
  if (!(loss >= kMinLoss && loss <= kMaxLoss)) {
    return OutOfRange(
        absl::StrCat(path, ".validation_loss"), loss,
        absl::StrFormat("%g to %g nats per token", kMinLoss, kMaxLoss));
  }
  ISOSHAPE_RETURN_IF_ERROR(
      CheckFraction(absl::StrCat(path, ".validation_loss_stderr"),
                    run.validation_loss_stderr(), kMaxLoss));
  ISOSHAPE_RETURN_IF_ERROR(CheckFigure(absl::StrCat(path, ".parameters"),
                                       run.parameters(), 1, kMaxParameters));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckFigure(absl::StrCat(path, ".tokens"), run.tokens(), 1, kMaxTokens));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckFigure(absl::StrCat(path, ".flops"), run.flops(), 1, kMaxFlops));
  return CheckInteger(absl::StrCat(path, ".seed"), run.seed(), 0, INT64_MAX);
}

// Parameters, tokens and FLOPs of a run, all known, and in words what was
// derived.
struct Figures {
  double parameters = 0, tokens = 0, flops = 0;
  double flops_per_token = 0;
  std::string derived{};
};

absl::StatusOr<Figures> FiguresOfShape(const v1::ImportedRun& run,
                                       const Shape& shape,
                                       const std::string& path) {
  Figures figures{.parameters = run.parameters(),
                  .tokens = run.tokens(),
                  .flops = run.flops(),
                  .flops_per_token = TrainingFlopsPerToken(shape)};
  if (figures.tokens == 0 && figures.flops == 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, " has a shape, but neither tokens nor flops; give one of them"));
  }
  if (figures.parameters == 0) {
    figures.parameters = static_cast<double>(CountParameters(shape).total());
  }
  if (figures.flops == 0) {
    figures.flops = figures.flops_per_token * figures.tokens;
    figures.derived = "flops are those of its shape and tokens";
  } else if (figures.tokens == 0) {
    figures.tokens = figures.flops / figures.flops_per_token;
    figures.derived = "tokens are those that flops pay for at its shape";
  }
  return figures;
}

absl::StatusOr<Figures> FiguresWithoutShape(const v1::ImportedRun& run,
                                            const std::string& path) {
  Figures figures{.parameters = run.parameters(),
                  .tokens = run.tokens(),
                  .flops = run.flops()};
  const int known = (figures.parameters > 0 ? 1 : 0) +
                    (figures.tokens > 0 ? 1 : 0) + (figures.flops > 0 ? 1 : 0);
  if (known < 2) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, " has ", known == 0 ? "none" : "one",
        " of parameters, tokens and flops; give two of them, the third is "
        "taken from flops = 6 parameters tokens"));
  }
  if (figures.parameters == 0) {
    figures.parameters = figures.flops / (6 * figures.tokens);
    figures.derived = "parameters = flops / (6 tokens)";
  } else if (figures.tokens == 0) {
    figures.tokens = figures.flops / (6 * figures.parameters);
    figures.derived = "tokens = flops / (6 parameters)";
  } else if (figures.flops == 0) {
    figures.flops = 6 * figures.parameters * figures.tokens;
    figures.derived = "flops = 6 parameters tokens";
  }
  const double six_nd = 6 * figures.parameters * figures.tokens;
  const bool agree = std::abs(figures.flops - six_nd) <= kRounding * six_nd;
  figures.flops_per_token =
      agree ? 6 * figures.parameters : figures.flops / figures.tokens;
  return figures;
}

absl::Status CheckDerived(const Figures& figures, const std::string& path) {
  const struct {
    const char* name;
    double value, most;
  } all[] = {{"parameters", figures.parameters, kMaxParameters},
             {"tokens", figures.tokens, kMaxTokens},
             {"flops", figures.flops, kMaxFlops}};
  for (const auto& [name, value, most] : all) {
    if (value >= 1 && value <= most) continue;
    return absl::InvalidArgumentError(absl::StrFormat(
        "%s: %s come to %g (%s), which no run has; look at the units of its "
        "parameters, tokens and flops",
        path, name, value, figures.derived));
  }
  return absl::OkStatus();
}

// Of a run whose shape is known.
absl::StatusOr<Shape> ShapeOfRun(const v1::Campaign& campaign,
                                 const v1::Shape& asked,
                                 const std::string& path) {
  const v1::Campaign base = AsVariant(campaign, kBaseVariant);
  return FilledShape(SpaceOfCampaign(base), base.space().base(), asked,
                     absl::StrCat(path, ".shape"));
}

}  // namespace

absl::StatusOr<v1::Trial> PrepareImportedRun(const v1::Campaign& campaign,
                                             const v1::ImportedRun& run,
                                             const std::string& path) {
  ISOSHAPE_RETURN_IF_ERROR(CheckRun(run, path));
  v1::Trial trial;
  Figures figures;
  if (run.has_shape()) {
    ISOSHAPE_ASSIGN_OR_RETURN(const Shape shape,
                              ShapeOfRun(campaign, run.shape(), path));
    *trial.mutable_shape() = ToProto(shape);
    ISOSHAPE_ASSIGN_OR_RETURN(figures, FiguresOfShape(run, shape, path));
  } else {
    ISOSHAPE_ASSIGN_OR_RETURN(figures, FiguresWithoutShape(run, path));
  }
  ISOSHAPE_RETURN_IF_ERROR(CheckDerived(figures, path));
  trial.set_purpose(v1::Trial::IMPORTED);
  trial.set_state(v1::Trial::SUCCEEDED);
  trial.set_source(run.source());
  trial.set_variant(VariantField(campaign, kBaseVariant));
  trial.set_seed(run.seed());
  trial.set_budget_flops(figures.flops);
  trial.set_parameters(std::llround(figures.parameters));
  trial.set_tokens(std::llround(figures.tokens));
  trial.set_flops_per_token(figures.flops_per_token);
  trial.set_reason(absl::StrCat("imported from ", run.source(),
                                figures.derived.empty() ? "" : "; ",
                                figures.derived));
  v1::ShapeCard& card = *trial.mutable_shape_card();
  card.set_validation_loss(run.validation_loss());
  if (run.has_validation_loss_stderr()) {
    card.set_validation_loss_stderr(run.validation_loss_stderr());
  }
  card.set_flops(figures.flops);
  return trial;
}

std::string ImportDifference(const v1::Trial& there, const v1::Trial& given) {
  const struct {
    const char* name;
    double there, given;
  } numbers[] = {
      {"validation_loss", there.shape_card().validation_loss(),
       given.shape_card().validation_loss()},
      {"validation_loss_stderr", there.shape_card().validation_loss_stderr(),
       given.shape_card().validation_loss_stderr()},
      {"parameters", static_cast<double>(there.parameters()),
       static_cast<double>(given.parameters())},
      {"tokens", static_cast<double>(there.tokens()),
       static_cast<double>(given.tokens())},
      {"flops", there.budget_flops(), given.budget_flops()},
      {"flops per token", there.flops_per_token(), given.flops_per_token()},
      {"seed", static_cast<double>(there.seed()),
       static_cast<double>(given.seed())}};
  for (const auto& [name, before, now] : numbers) {
    if (before == now) continue;
    return absl::StrFormat("%s %.10g there and %.10g now", name, before, now);
  }
  if (there.has_shape() != given.has_shape() ||
      (there.has_shape() &&
       FromProto(there.shape()) != FromProto(given.shape()))) {
    return "another shape";
  }
  return "";
}

}  // namespace isoshape
