#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "cli/commands/commands.h"
#include "cli/console/campaign_reads.h"
#include "cli/console/client.h"
#include "cli/console/command.h"
#include "common/status_macros.h"
#include "messages/measured_points.h"
#include "messages/proto_json.h"

namespace isoshape {
namespace {

using nlohmann::ordered_json;

struct ExportFlags {
  std::string campaign;
  std::string format = "csv";
  std::string file;
  bool measurements = false;
  bool points = false;
};

// A cell as in RFC 4180.
std::string CsvCell(const ordered_json& value) {
  if (value.is_null()) return "";
  if (!value.is_string()) return value.dump();
  const std::string& text = value.get_ref<const std::string&>();
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

// Adds the fields of `message` as columns, nested ones by `shape.depth`, in an
// order that is the same for every message of the type.
void Flatten(const google::protobuf::Message& message,
             const std::string& prefix, ordered_json& row) {
  const google::protobuf::Descriptor& type = *message.GetDescriptor();
  const ordered_json values = ToJson(message, /*defaults=*/true);
  for (int i = 0; i < type.field_count(); ++i) {
    const google::protobuf::FieldDescriptor& field = *type.field(i);
    const auto found = values.find(field.name());
    const bool nested =
        field.message_type() != nullptr &&
        field.message_type()->full_name() != "google.protobuf.Timestamp";
    if (nested && !field.is_repeated()) {
      Flatten(message.GetReflection()->GetMessage(message, &field),
              absl::StrCat(prefix, field.name(), "."), row);
      // A field that is absent gives an empty cell, not a zero.
      if (found == values.end()) {
        const std::string inner = absl::StrCat(prefix, field.name(), ".");
        for (auto& [name, value] : row.items()) {
          if (absl::StartsWith(name, inner)) value = nullptr;
        }
      }
    } else {
      row[prefix + field.name()] =
          found == values.end() ? ordered_json(nullptr) : *found;
    }
  }
}

void WriteCsvRow(const ordered_json& row, bool header, std::ostream& out) {
  bool first = true;
  for (const auto& [name, value] : row.items()) {
    out << (first ? "" : ",") << (header ? name : CsvCell(value));
    first = false;
  }
  out << '\n';
}

absl::Status WriteCsv(Client& client, const std::vector<v1::Trial>& trials,
                      bool measurements, std::ostream& out) {
  ordered_json titles = ordered_json::object();
  if (measurements) titles["trial"] = "";
  Flatten(measurements ? static_cast<const google::protobuf::Message&>(
                             v1::Measurement::default_instance())
                       : v1::Trial::default_instance(),
          "", titles);
  WriteCsvRow(titles, /*header=*/true, out);
  for (const v1::Trial& trial : trials) {
    if (!measurements) {
      ordered_json row = ordered_json::object();
      Flatten(trial, "", row);
      WriteCsvRow(row, /*header=*/false, out);
      continue;
    }
    ISOSHAPE_ASSIGN_OR_RETURN(const std::vector<v1::Measurement> curve,
                              ListMeasurements(client, trial.name()));
    for (const v1::Measurement& point : curve) {
      ordered_json row = {{"trial", trial.name()}};
      Flatten(point, "", row);
      WriteCsvRow(row, /*header=*/false, out);
    }
  }
  return absl::OkStatus();
}

// The data of fits: a row for each measured loss, under the names that `fit
// --input` reads. Cooldown branches share the run of their trial.
void WritePoints(const std::vector<v1::Trial>& trials, std::ostream& out) {
  out << "params,tokens,loss,flops,width,depth,budget,seed,run\n";
  for (const v1::Trial& trial : trials) {
    if (trial.purpose() == v1::Trial::VERIFICATION) continue;
    for (const MeasuredPoint& point : MeasuredPoints(trial)) {
      ordered_json row = {{"params", trial.parameters()},
                          {"tokens", point.tokens},
                          {"loss", point.loss},
                          {"flops", point.flops},
                          {"width", trial.shape().width()},
                          {"depth", trial.shape().depth()},
                          {"budget", point.budget_flops},
                          {"seed", trial.seed()},
                          {"run", trial.name()}};
      WriteCsvRow(row, /*header=*/false, out);
    }
  }
}

absl::Status WriteJson(Client& client, const v1::Campaign& campaign,
                       const std::vector<v1::Trial>& trials, bool measurements,
                       std::ostream& out) {
  ordered_json object;
  object["campaign"] = ToJson(campaign, true);
  ordered_json& list = object["trials"] = ordered_json::array();
  for (const v1::Trial& trial : trials) {
    ordered_json entry = ToJson(trial, true);
    if (measurements) {
      ISOSHAPE_ASSIGN_OR_RETURN(const std::vector<v1::Measurement> curve,
                                ListMeasurements(client, trial.name()));
      ordered_json& points = entry["measurements"] = ordered_json::array();
      for (const v1::Measurement& point : curve) {
        points.push_back(ToJson(point, true));
      }
    }
    list.push_back(std::move(entry));
  }
  out << object.dump(2) << '\n';
  return absl::OkStatus();
}

absl::Status Export(const CommandContext& context, const ExportFlags& flags) {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string name,
                            CampaignArgument(flags.campaign));
  Client client(context.server);
  ISOSHAPE_ASSIGN_OR_RETURN(const v1::Campaign campaign,
                            GetCampaign(client, name));
  ISOSHAPE_ASSIGN_OR_RETURN(const std::vector<v1::Trial> trials,
                            ListTrials(client, name));
  // The text is collected first, so that a call that fails leaves no
  // half-written file.
  std::ostringstream text;
  if (flags.points) {
    WritePoints(trials, text);
  } else {
    ISOSHAPE_RETURN_IF_ERROR(
        flags.format == "json"
            ? WriteJson(client, campaign, trials, flags.measurements, text)
            : WriteCsv(client, trials, flags.measurements, text));
  }
  if (flags.file.empty()) {
    std::cout << text.str();
    return absl::OkStatus();
  }
  std::ofstream file(flags.file, std::ios::binary);
  file << text.str();
  file.close();
  if (!file) {
    return absl::PermissionDeniedError(
        absl::StrCat("cannot write ", flags.file, ": ", std::strerror(errno),
                     "; name a file that can be written with --file"));
  }
  std::cerr << "isoshape: " << trials.size() << " trials written to "
            << flags.file << '\n';
  return absl::OkStatus();
}

}  // namespace

void RegisterExport(CLI::App& app, CommandContext& context) {
  CLI::App* command =
      AddCommand(app, "export", "Write a campaign's trials as csv or json",
                 "isoshape export c1 > trials.csv\n"
                 "isoshape export c1 --format json --measurements "
                 "--file c1.json");
  // Lives as long as the callbacks that hold it.
  const auto flags = std::make_shared<ExportFlags>();
  command->add_option("campaign", flags->campaign, "Campaign, such as c1")
      ->required();
  CLI::Option* format =
      command->add_option("--format", flags->format, "csv or json")
          ->check(CLI::IsMember({"csv", "json"}));
  CLI::Option* measurements = command->add_flag(
      "--measurements", flags->measurements,
      "The curves: csv has a row for each point instead of each "
      "trial, json has them in each trial");
  command
      ->add_flag("--points", flags->points,
                 "csv of the losses that fits rest on, cooldown branches among "
                 "them, as 'isoshape fit --input' reads it")
      ->excludes(measurements);
  command
      ->add_option("--file", flags->file,
                   "Write here instead of standard output")
      ->type_name("PATH");
  AddServerFlags(*command, context);
  command->callback([flags, &context, format] {
    // --output=json means the same as --format json.
    if (context.json()) {
      if (format->count() > 0 && flags->format != "json") {
        throw CLI::ValidationError(
            "--output=json contradicts --format csv; leave one of them out");
      }
      flags->format = "json";
    }
    if (flags->points && flags->format == "json") {
      throw CLI::ValidationError(
          "--points is a csv; leave --format json out, whose trials hold their "
          "branches");
    }
    context.action = [flags, &context] { return Export(context, *flags); };
  });
}

}  // namespace isoshape
