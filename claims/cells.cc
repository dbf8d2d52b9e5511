#include "claims/cells.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <cmath>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "common/text/nearest_name.h"
#include "messages/campaign/campaign_variants.h"
#include "messages/shape/shape_proto.h"
#include "messages/trial/lifecycle.h"
#include "messages/trial/measured_points.h"
#include "shape/shape.h"

namespace isoshape {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr char kExcessLoss[] = "excess_loss";
constexpr char kValidationLoss[] = "validation_loss";

// The number in a field; none if it is not set.
std::optional<double> NumberIn(const Message& message,
                               const FieldDescriptor& field) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  if (field.has_presence() && !reflection.HasField(message, &field)) {
    return std::nullopt;
  }
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return reflection.GetDouble(message, &field);
    case FieldDescriptor::CPPTYPE_INT64:
      return static_cast<double>(reflection.GetInt64(message, &field));
    case FieldDescriptor::CPPTYPE_INT32:
      return reflection.GetInt32(message, &field);
    default:
      return std::nullopt;
  }
}

bool IsNumber(const FieldDescriptor& field) {
  return !field.is_repeated() &&
         (field.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE ||
          field.cpp_type() == FieldDescriptor::CPPTYPE_INT64 ||
          field.cpp_type() == FieldDescriptor::CPPTYPE_INT32);
}

// A measure, found once: a field of the card, else of the trial.
struct Measure {
  const FieldDescriptor* of_card = nullptr;
  const FieldDescriptor* of_trial = nullptr;
  bool is_loss = false;
  bool beyond_floor = false;
};

absl::StatusOr<Measure> FindMeasure(const std::string& name) {
  Measure measure;
  measure.beyond_floor = name == kExcessLoss;
  measure.is_loss = measure.beyond_floor || name == kValidationLoss;
  const std::string field = measure.beyond_floor ? kValidationLoss : name;
  measure.of_card = v1::ShapeCard::descriptor()->FindFieldByName(field);
  measure.of_trial = v1::Trial::descriptor()->FindFieldByName(field);
  if (measure.of_card != nullptr && !IsNumber(*measure.of_card)) {
    measure.of_card = nullptr;
  }
  if (measure.of_trial != nullptr && !IsNumber(*measure.of_trial)) {
    measure.of_trial = nullptr;
  }
  if (measure.of_card != nullptr || measure.of_trial != nullptr) return measure;
  std::vector<std::string> known = {kExcessLoss};
  for (const auto* descriptor :
       {v1::ShapeCard::descriptor(), v1::Trial::descriptor()}) {
    for (int i = 0; i < descriptor->field_count(); ++i) {
      if (IsNumber(*descriptor->field(i))) {
        known.push_back(descriptor->field(i)->name());
      }
    }
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "measure '", name, "' is no number of a shape card or of a trial",
      DidYouMean(name, known)));
}

// What a model that only counts tokens loses on this data, by the cards of the
// campaign: what a run that diverged has learnt is no more.
std::optional<double> LossOfCounting(const ClaimRuns& runs) {
  for (const v1::Trial& trial : runs.trials) {
    if (trial.shape_card().has_unigram_entropy()) {
      return trial.shape_card().unigram_entropy();
    }
  }
  return std::nullopt;
}

std::optional<double> FloorOf(const ClaimRuns& runs) {
  for (const v1::Trial& trial : runs.trials) {
    if (trial.shape_card().has_loss_floor()) {
      return trial.shape_card().loss_floor();
    }
  }
  return std::nullopt;
}

std::optional<double> ValueOf(const Measure& measure, const ClaimRuns& runs,
                              const v1::Trial& trial) {
  if (!WasMeasured(trial)) return std::nullopt;
  std::optional<double> value;
  if (trial.state() == v1::Trial::DIVERGED) {
    if (measure.is_loss) value = LossOfCounting(runs);
  } else if (measure.of_card != nullptr && trial.has_shape_card()) {
    value = NumberIn(trial.shape_card(), *measure.of_card);
  }
  if (!value.has_value() && !measure.is_loss && measure.of_trial != nullptr) {
    value = NumberIn(trial, *measure.of_trial);
  }
  if (value.has_value() && measure.beyond_floor) {
    const std::optional<double> floor = FloorOf(runs);
    if (!floor.has_value()) return std::nullopt;
    *value -= *floor;
  }
  return value.has_value() && std::isfinite(*value) ? value : std::nullopt;
}

void SetPlace(const ClaimRuns& runs, const v1::Trial& trial, ClaimCell& cell) {
  const v1::Shape& shape = trial.shape();
  cell.place["campaign"] = runs.label;
  cell.place["variant"] = VariantOf(trial);
  cell.place["shape"] = ShapeLabel(FromProto(shape));
  cell.place["budget"] = absl::StrCat(trial.budget_flops());
  cell.place["seed"] = absl::StrCat(trial.seed());
  cell.along["setting"] = runs.setting;
  cell.along["flops"] = trial.budget_flops();
  const auto depth = static_cast<double>(shape.depth());
  const auto width = static_cast<double>(shape.width());
  cell.along["depth"] = depth;
  cell.along["width"] = width;
  cell.along["aspect"] = width / depth;
  cell.along["parameters"] = static_cast<double>(trial.parameters());
  cell.along["size"] = TrialSize(trial);
  const v1::Recipe recipe =
      AsVariant(runs.campaign, cell.place["variant"]).recipe();
  cell.along["learning_rate"] = recipe.learning_rate();
  cell.along["warmup_fraction"] = recipe.warmup_fraction();
}

}  // namespace

absl::StatusOr<std::vector<ClaimCell>> CellsOf(
    const std::vector<ClaimRuns>& runs, const std::string& name) {
  ISOSHAPE_ASSIGN_OR_RETURN(const Measure measure, FindMeasure(name));
  std::vector<ClaimCell> cells;
  for (const ClaimRuns& of_campaign : runs) {
    for (const v1::Trial& trial : of_campaign.trials) {
      if (!IsFinal(trial.state()) || trial.excluded() ||
          !IsTrainedHere(trial)) {
        continue;
      }
      ClaimCell cell;
      SetPlace(of_campaign, trial, cell);
      cell.value = ValueOf(measure, of_campaign, trial).value_or(NAN);
      cells.push_back(std::move(cell));
    }
  }
  return cells;
}

}  // namespace isoshape
