#include "coordinator/table/trial_columns.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "common/text/nearest_name.h"
#include "common/text/one_line.h"
#include "messages/json/enum_name.h"
#include "messages/json/proto_time.h"
#include "messages/names/name_parts.h"
#include "messages/trial/measured_points.h"

namespace isoshape {
namespace {

using v1::Trial;
using View = absl::string_view;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// Names of an enum's values by number, made once.
template <typename Enum>
View NameOf(Enum value) {
  static const auto* const names = [] {
    auto* made = new std::vector<std::string>();
    const auto& type = *google::protobuf::GetEnumDescriptor<Enum>();
    for (int i = 0; i < type.value_count(); ++i) {
      const auto number = static_cast<size_t>(type.value(i)->number());
      if (made->size() <= number) made->resize(number + 1);
      // The value that says nothing is the empty text.
      if (number != 0) (*made)[number] = EnumName(*type.value(i));
    }
    return made;
  }();
  const auto number = static_cast<size_t>(value);
  return number < names->size() ? View((*names)[number]) : View();
}

double Positive(double value) {
  return std::isfinite(value) && value > 0 ? value : kNone;
}

double Loss(double value) { return Rounded(Positive(value)); }

double Seconds(bool has, const google::protobuf::Timestamp& time) {
  return has ? UnixSeconds(time) : kNone;
}

const ColumnOfTrials kColumns[] = {
    {"number", "", "of the trial in its campaign, from 1",
     +[](const Trial& t) -> double {
       return Positive(static_cast<double>(TrialNumber(t.name())));
     }},
    {"state", "", "pending, leased, succeeded, ...", nullptr,
     +[](const Trial& t) { return NameOf(t.state()); }},
    {"purpose", "", "search, verification or imported", nullptr,
     +[](const Trial& t) { return NameOf(t.purpose()); }},
    {"variant", "",
     "how it is trained: base or another variant of its campaign", nullptr,
     +[](const Trial& t) -> View { return t.variant(); }},
    {"excluded", "", "1 if it is left out of every fit, else 0",
     +[](const Trial& t) -> double { return t.excluded() ? 1 : 0; }},
    {"depth", "", "blocks",
     +[](const Trial& t) -> double { return t.shape().depth(); }},
    {"width", "", "of the residual stream",
     +[](const Trial& t) -> double { return t.shape().width(); }},
    {"heads", "", "of attention",
     +[](const Trial& t) -> double { return t.shape().heads(); }},
    {"ffn_width", "ffn", "of the hidden layer of the feed-forward part",
     +[](const Trial& t) -> double { return t.shape().ffn_width(); }},
    {"aspect_ratio", "aspect", "width / depth",
     +[](const Trial& t) -> double {
       return Positive(static_cast<double>(t.shape().width()) /
                       static_cast<double>(t.shape().depth()));
     }},
    {"budget_flops", "budget", "training FLOPs that it may spend",
     +[](const Trial& t) { return Positive(t.budget_flops()); }},
    {"flops", "c", "training FLOPs that it spent",
     +[](const Trial& t) { return Positive(t.shape_card().flops()); }},
    {"seed", "", "of initial weights and the order of the data",
     +[](const Trial& t) -> double { return t.seed(); }},
    {"steps", "", "of the optimizer, planned",
     +[](const Trial& t) -> double { return t.steps(); }},
    {"tokens", "d", "of training, planned",
     +[](const Trial& t) -> double { return t.tokens(); }},
    {"parameters", "params", "of the shape",
     +[](const Trial& t) -> double { return t.parameters(); }},
    {"size", "n", "training FLOPs per token / 6",
     +[](const Trial& t) { return Positive(TrialSize(t)); }},
    {"validation_loss", "loss", "at the end, nats per token",
     +[](const Trial& t) { return Loss(t.shape_card().validation_loss()); }},
    {"validation_loss_stderr", "stderr",
     "its standard error over held-out batches, nats per token",
     +[](const Trial& t) {
       return Loss(t.shape_card().validation_loss_stderr());
     }},
    {"train_loss", "", "over the last steps, nats per token",
     +[](const Trial& t) { return Loss(t.shape_card().train_loss()); }},
    {"loss_above_best", "",
     "validation_loss less the least of a search trial of its budget and "
     "variant that is not excluded, nats per token",
     +[](const Trial&) { return kNone; }},
    {"tokens_per_size", "", "tokens / size",
     +[](const Trial& t) {
       return Positive(static_cast<double>(t.tokens()) / TrialSize(t));
     }},
    {"step_seconds", "", "mean wall time of a step, s",
     +[](const Trial& t) { return Positive(t.shape_card().step_seconds()); }},
    {"tokens_per_second", "", "training throughput",
     +[](const Trial& t) {
       return Positive(t.shape_card().tokens_per_second());
     }},
    {"wall_seconds", "", "of the whole run, s",
     +[](const Trial& t) { return Positive(t.shape_card().wall_seconds()); }},
    {"decode_seconds", "latency", "one decoded token at batch 1, s",
     +[](const Trial& t) { return Positive(t.shape_card().decode_seconds()); }},
    {"prefill_seconds", "", "a prompt of the context's length at batch 1, s",
     +[](const Trial& t) {
       return Positive(t.shape_card().prefill_seconds());
     }},
    {"peak_memory_bytes", "memory", "of the run, bytes",
     +[](const Trial& t) {
       return Positive(static_cast<double>(t.shape_card().peak_memory_bytes()));
     }},
    {"gradient_norm_max", "", "largest global gradient norm before clipping",
     +[](const Trial& t) {
       return t.shape_card().has_gradient_norm_max()
                  ? t.shape_card().gradient_norm_max()
                  : kNone;
     }},
    {"generalization_gap", "", "validation_loss - train_loss, nats per token",
     +[](const Trial& t) {
       return t.shape_card().has_generalization_gap()
                  ? Rounded(t.shape_card().generalization_gap())
                  : kNone;
     }},
    {"loss_spikes", "", "reports in which one loss lay a fifth above the mean",
     +[](const Trial& t) -> double {
       return t.shape_card().has_loss_spikes() ? t.shape_card().loss_spikes()
                                               : kNone;
     }},
    {"lost_leases", "", "so far",
     +[](const Trial& t) -> double { return t.lost_leases(); }},
    {"retries", "", "times that a user put it back",
     +[](const Trial& t) -> double { return t.retries(); }},
    {"worker", "", "that holds or last held it, workers/ID", nullptr,
     +[](const Trial& t) -> View { return t.worker(); }},
    {"device_name", "device", "processor or GPU", nullptr,
     +[](const Trial& t) -> View { return t.shape_card().device_name(); }},
    {"engine", "", "that computed it", nullptr,
     +[](const Trial& t) -> View { return t.shape_card().engine(); }},
    {"precision", "", "fp32, tf32 or bf16", nullptr,
     +[](const Trial& t) -> View { return t.shape_card().precision(); }},
    {"failure", "", "why it failed, as a kind: out_of_memory, lost, ...",
     nullptr, +[](const Trial& t) { return NameOf(t.failure()); }},
    {"error", "", "why it did not succeed, in words", nullptr,
     +[](const Trial& t) -> View { return t.error(); }},
    {"reason", "", "why the algorithm proposed it", nullptr,
     +[](const Trial& t) -> View { return t.reason(); }},
    {"source", "", "of an imported run: where it comes from", nullptr,
     +[](const Trial& t) -> View { return t.source(); }},
    {"create_time", "", "seconds since 1970-01-01 UTC",
     +[](const Trial& t) {
       return Seconds(t.has_create_time(), t.create_time());
     }},
    {"start_time", "", "of the newest lease, seconds since 1970-01-01 UTC",
     +[](const Trial& t) {
       return Seconds(t.has_start_time(), t.start_time());
     }},
    {"end_time", "", "seconds since 1970-01-01 UTC",
     +[](const Trial& t) { return Seconds(t.has_end_time(), t.end_time()); }},
    {"last_loss", "",
     "of the newest measurement, nats per token: validation, "
     "else training",
     +[](const Trial& t) {
       const v1::Measurement& last = t.last_measurement();
       return Loss(last.has_validation_loss() ? last.validation_loss()
                                              : last.train_loss());
     }},
};

}  // namespace

absl::Span<const ColumnOfTrials> TrialColumns() { return kColumns; }

absl::StatusOr<int> FindTrialColumn(absl::string_view name, bool aliases) {
  std::vector<std::string> names;
  for (size_t i = 0; i < std::size(kColumns); ++i) {
    const ColumnOfTrials& column = kColumns[i];
    if (column.name == name || (aliases && !column.alias.empty() &&
                                absl::EqualsIgnoreCase(column.alias, name))) {
      return static_cast<int>(i);
    }
    names.emplace_back(column.name);
    if (aliases && !column.alias.empty()) names.emplace_back(column.alias);
  }
  const std::string meant = DidYouMean(name, names);
  return absl::InvalidArgumentError(
      absl::StrCat("there is no column '", OneLine(name, 60), "'",
                   meant.empty() ? "; docs/http.md lists the columns" : meant));
}

absl::StatusOr<std::vector<int>> FindTrialColumns(
    const google::protobuf::RepeatedPtrField<std::string>& names) {
  std::vector<int> columns;
  for (const std::string& name : names) {
    ISOSHAPE_ASSIGN_OR_RETURN(const int column, FindTrialColumn(name));
    // A thousand of one column are an answer of a gigabyte.
    if (std::find(columns.begin(), columns.end(), column) != columns.end()) {
      return absl::InvalidArgumentError(
          absl::StrCat("columns names '", name, "' twice; name it once"));
    }
    columns.push_back(column);
  }
  return columns;
}

int TrialColumnIndex(absl::string_view name) {
  return FindTrialColumn(name).value();
}

double Rounded(double value) {
  // Powers of ten that a double holds exactly: division by one gives the double
  // that is nearest to the decimal number.
  static constexpr double kPowers[] = {
      1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
      1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  constexpr int kLast = static_cast<int>(std::size(kPowers)) - 1;
  if (!std::isfinite(value) || value == 0) return value;
  const int digits =
      6 - static_cast<int>(std::floor(std::log10(std::abs(value))));
  if (digits > kLast || digits < -kLast) return value;
  return digits >= 0 ? std::round(value * kPowers[digits]) / kPowers[digits]
                     : std::round(value / kPowers[-digits]) * kPowers[-digits];
}

}  // namespace isoshape
