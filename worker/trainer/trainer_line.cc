#include "worker/trainer/trainer_line.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"
#include "messages/checks/number_limits.h"
#include "messages/json/echoed_json.h"
#include "messages/json/proto_json.h"

namespace isoshape {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

// The protocol that this worker speaks.
constexpr int kProtocol = 1;
// How often a trainer is asked to report, seconds.
constexpr double kReportSeconds = 2;

// Replaces NaN, Infinity and -Infinity outside of texts by null.
std::string NullForNonFinite(absl::string_view line) {
  std::string result;
  bool in_text = false;
  while (!line.empty()) {
    if (!in_text && (absl::ConsumePrefix(&line, "NaN") ||
                     absl::ConsumePrefix(&line, "-Infinity") ||
                     absl::ConsumePrefix(&line, "Infinity"))) {
      result += "null";
      continue;
    }
    const size_t length = in_text && line[0] == '\\' && line.size() > 1 ? 2 : 1;
    if (line[0] == '"') in_text = !in_text;
    result.append(line.data(), length);
    line.remove_prefix(length);
  }
  return result;
}

json ParseJson(const std::string& line) {
  json parsed = json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (parsed.is_discarded()) {
    parsed = json::parse(NullForNonFinite(line), nullptr,
                         /*allow_exceptions=*/false);
  }
  return parsed;
}

std::string Text(const json& object, const char* field) {
  const auto found = object.find(field);
  return found != object.end() && found->is_string() ? found->get<std::string>()
                                                     : std::string();
}

bool Says(const json& object, const char* field) {
  const auto found = object.find(field);
  return found != object.end() && *found == true;
}

bool HasFinite(const json& object, const char* field) {
  const auto found = object.find(field);
  return found != object.end() && found->is_number() &&
         std::isfinite(found->get<double>());
}

// Fields that are absent or null are left as they are.
absl::Status ReadCount(const json& object, const char* field,
                       std::optional<int64_t>* count) {
  const auto found = object.find(field);
  if (found == object.end() || found->is_null()) return absl::OkStatus();
  if (!found->is_number_integer()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "its ", field, " ", found->dump(), " is not a whole number"));
  }
  *count = found->get<int64_t>();
  return absl::OkStatus();
}

absl::Status ReadReady(const json& object, TrainerLine& line) {
  const auto protocol = object.find("protocol");
  if (protocol == object.end() || *protocol != kProtocol) {
    return absl::InvalidArgumentError(
        absl::StrCat("it speaks protocol ",
                     protocol == object.end() ? "(none)" : protocol->dump(),
                     ", not ", kProtocol));
  }
  line.trainer = Text(object, "trainer");
  line.device = Text(object, "device");
  line.device_name = Text(object, "device_name");
  if (line.device != "cpu" && line.device != "cuda") {
    return absl::InvalidArgumentError(
        absl::StrCat("its device is '", line.device, "', not cpu or cuda"));
  }
  if (HasFinite(object, "memory_limit_bytes")) {
    const double bytes = object["memory_limit_bytes"].get<double>();
    if (bytes > 0 && bytes <= static_cast<double>(kMaxWhole)) {
      line.memory_limit_bytes = static_cast<int64_t>(bytes);
    }
  }
  line.branches = Says(object, "branches");
  line.replicas = Says(object, "replicas");
  return absl::OkStatus();
}

absl::Status ReadStart(const json& object, TrainerLine& line) {
  line.data_fingerprint = Text(object, "data_fingerprint");
  const auto step = object.find("start_step");
  if (step == object.end() || step->is_null()) return absl::OkStatus();
  if (!step->is_number_unsigned() || step->get<uint64_t>() > INT64_MAX) {
    return absl::InvalidArgumentError(absl::StrCat(
        "its start_step ", step->dump(), " is no whole number from 0 on"));
  }
  line.start_step = step->get<int64_t>();
  return absl::OkStatus();
}

absl::Status ReadMeasurement(const json& object, TrainerLine& line) {
  const auto found = object.find("measurement");
  if (found == object.end()) {
    return absl::InvalidArgumentError("the measurement is missing");
  }
  return FromJson(*found, &line.measurement, /*ignore_unknown=*/true);
}

// Whether a card means another run if this field is not what it says.
bool Decides(absl::string_view field) {
  constexpr absl::string_view kFields[] = {
      "validation_loss", "parameters", "flops_per_token", "flops",
      "tokens",          "steps",      "branches",        "data_fingerprint"};
  return absl::c_linear_search(kFields, field);
}

// A field that is not what its name says is left out with a warning: the loss
// is worth more.
absl::Status ReadCard(const json& object, v1::ShapeCard* card) {
  if (FromJson(object, card, /*ignore_unknown=*/true).ok()) {
    return absl::OkStatus();
  }
  card->Clear();
  std::vector<std::string> left_out;
  for (const auto& [name, value] : object.items()) {
    v1::ShapeCard field;
    const absl::Status read =
        FromJson(json{{name, value}}, &field, /*ignore_unknown=*/true);
    if (read.ok()) {
      card->MergeFrom(field);
    } else if (Decides(name)) {
      return read;
    } else {
      left_out.push_back(
          absl::StrCat("left out of the card: ", OneLine(read.message(), 200)));
    }
  }
  card->mutable_warnings()->Add(left_out.begin(), left_out.end());
  return absl::OkStatus();
}

absl::Status ReadResult(const json& object, TrainerLine& line) {
  const std::string outcome = Text(object, "outcome");
  if (outcome == "succeeded") {
    line.outcome = Outcome::kSucceeded;
  } else if (outcome == "diverged") {
    line.outcome = Outcome::kDiverged;
  } else if (outcome == "stopped") {
    line.outcome = Outcome::kStopped;
  } else if (outcome == "out_of_memory") {
    line.outcome = Outcome::kOutOfMemory;
  } else if (outcome == "device_lost") {
    line.outcome = Outcome::kDeviceLost;
  } else if (outcome == "failed") {
    line.outcome = Outcome::kFailed;
  } else {
    return absl::InvalidArgumentError(absl::StrCat(
        "the outcome '", outcome,
        "' is none of succeeded, diverged, stopped, out_of_memory, "
        "device_lost, failed"));
  }
  line.error = OneLine(Text(object, "error"));
  const std::string fault = Text(object, "fault");
  if (fault == "worker" || line.outcome == Outcome::kDeviceLost) {
    line.fault = TrainerLine::Fault::kWorker;
    line.other_data = Says(object, "other_data");
  } else if (fault == "trial") {
    line.fault = TrainerLine::Fault::kTrial;
  }
  line.data_fingerprint = Text(object, "data_fingerprint");

  const auto card = object.find("shape_card");
  const bool has_card = card != object.end() && card->is_object();
  if (has_card && card->contains("validation_loss")) {
    const json& loss = (*card)["validation_loss"];
    if (!loss.is_number() && !loss.is_null()) {
      return absl::InvalidArgumentError(
          absl::StrCat("shape_card.validation_loss ", EchoedJson(loss),
                       " is not a number; null stands for one that is not "
                       "finite"));
    }
  }
  if (has_card && HasFinite(*card, "validation_loss")) {
    return ReadCard(*card, &line.shape_card.emplace());
  }
  if (has_card && card->contains("branches")) {
    line.shape_card.emplace();
    ISOSHAPE_RETURN_IF_ERROR(FromJson(json{{"branches", (*card)["branches"]}},
                                      &*line.shape_card,
                                      /*ignore_unknown=*/true));
  }
  if (line.outcome == Outcome::kSucceeded) {
    if (!has_card || !card->contains("validation_loss")) {
      return absl::InvalidArgumentError(
          "a run that succeeded has no shape_card.validation_loss");
    }
    line.outcome = Outcome::kDiverged;
    line.error = "the final validation loss is not finite";
  }
  return absl::OkStatus();
}

absl::StatusOr<TrainerLine> Read(const json& object) {
  if (!object.is_object()) {
    return absl::InvalidArgumentError("it is not a JSON object");
  }
  TrainerLine line;
  const std::string type = Text(object, "type");
  if (type == "ready") {
    line.type = TrainerLine::Type::kReady;
    ISOSHAPE_RETURN_IF_ERROR(ReadReady(object, line));
    return line;
  }
  line.run = Text(object, "run");
  if (type == "started") {
    line.type = TrainerLine::Type::kStarted;
    ISOSHAPE_RETURN_IF_ERROR(ReadCount(object, "parameters", &line.parameters));
    ISOSHAPE_RETURN_IF_ERROR(ReadCount(object, "steps", &line.steps));
    ISOSHAPE_RETURN_IF_ERROR(ReadStart(object, line));
  } else if (type == "heartbeat") {
    line.type = TrainerLine::Type::kHeartbeat;
  } else if (type == "measurement") {
    line.type = TrainerLine::Type::kMeasurement;
    ISOSHAPE_RETURN_IF_ERROR(ReadMeasurement(object, line));
  } else if (type == "result") {
    line.type = TrainerLine::Type::kResult;
    ISOSHAPE_RETURN_IF_ERROR(ReadResult(object, line));
  } else {
    return absl::InvalidArgumentError(
        absl::StrCat("the type '", type,
                     "' is none of ready, started, measurement, heartbeat, "
                     "result"));
  }
  return line;
}

}  // namespace

absl::StatusOr<TrainerLine> ParseTrainerLine(const std::string& line) {
  absl::StatusOr<TrainerLine> parsed = Read(ParseJson(line));
  if (!parsed.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "it printed a line that is not of the protocol (",
        OneLine(parsed.status().message()), "): ", OneLine(line, 120)));
  }
  return parsed;
}

std::string RunLine(const std::vector<RunOrder>& orders,
                    const std::string& data_path) {
  const v1::Lease& lease = orders.front().lease;
  ordered_json line;
  line["type"] = "run";
  line["shape"] = ToJson(lease.trial().shape(), /*defaults=*/true);
  line["recipe"] = ToJson(lease.recipe(), /*defaults=*/true);
  line["data"] = {{"path", data_path}};
  if (!lease.data_fingerprint().empty()) {
    line["data_fingerprint"] = lease.data_fingerprint();
  }
  line["steps"] = lease.trial().steps();
  line["tokens_per_step"] = lease.trial().tokens_per_step();
  for (const v1::TrialBranch& branch : lease.trial().branches()) {
    line["branch_steps"].push_back(branch.steps());
  }
  line["report_seconds"] = kReportSeconds;
  for (const RunOrder& order : orders) {
    ordered_json own;
    own["run"] = order.run;
    own["seed"] = order.lease.trial().seed();
    if (!order.checkpoint_path.empty()) {
      own["checkpoint"] = {{"path", order.checkpoint_path}};
    }
    if (orders.size() == 1) {
      line.update(own);
    } else {
      line["replicas"].push_back(std::move(own));
    }
  }
  return line.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string StopLine(const std::string& run) {
  return ordered_json{{"type", "stop"}, {"run", run}}.dump();
}

}  // namespace isoshape
