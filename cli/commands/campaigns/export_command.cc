#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/commands/commands.h"
#include "cli/console/campaign_reads.h"
#include "cli/console/client.h"
#include "cli/console/command.h"
#include "cli/console/output_file.h"
#include "common/console/one_of.h"
#include "common/files/csv.h"
#include "common/status/status_macros.h"
#include "common/text/counted.h"
#include "messages/campaign/campaign_variants.h"
#include "messages/json/proto_json.h"
#include "messages/trial/lifecycle.h"
#include "messages/trial/measured_points.h"

namespace isoshape {
namespace {

using nlohmann::ordered_json;

struct ExportFlags {
  std::string campaign;
  std::string format = "csv";
  std::string file;
  bool measurements = false;
  bool points = false;
  bool explode = false;
  bool imported = false;
};

// A value as a cell: a list as JSON, nothing as an empty cell.
std::string Cell(const ordered_json& value) {
  if (value.is_null()) return "";
  return CsvCell(value.is_string() ? value.get<std::string>() : value.dump());
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
    out << (first ? "" : ",") << Cell(header ? ordered_json(name) : value);
    first = false;
  }
  out << '\n';
}

// Columns for the entries of each list, `warnings.0`, `warnings.1`, …, as many
// as the longest list of any row has.
void Explode(std::vector<ordered_json>& rows) {
  std::map<std::string, size_t> lengths;
  for (const ordered_json& row : rows) {
    for (const auto& [name, value] : row.items()) {
      if (!value.is_array()) continue;
      size_t& length = lengths[name];
      length = std::max(length, value.size());
    }
  }
  for (ordered_json& row : rows) {
    ordered_json exploded = ordered_json::object();
    for (const auto& [name, value] : row.items()) {
      const auto length = lengths.find(name);
      if (length == lengths.end()) {
        exploded[name] = value;
        continue;
      }
      for (size_t i = 0; i < length->second; ++i) {
        exploded[absl::StrCat(name, ".", i)] =
            i < value.size() ? value[i] : ordered_json(nullptr);
      }
    }
    row = std::move(exploded);
  }
}

// A row for each trial, below the names of the columns.
void WriteTrials(const std::vector<v1::Trial>& trials, bool explode,
                 std::ostream& out) {
  std::vector<ordered_json> rows(trials.size() + 1, ordered_json::object());
  Flatten(v1::Trial::default_instance(), "", rows.front());
  for (size_t i = 0; i < trials.size(); ++i)
    Flatten(trials[i], "", rows[i + 1]);
  if (explode) Explode(rows);
  WriteCsvRow(rows.front(), /*header=*/true, out);
  for (size_t i = 1; i < rows.size(); ++i) {
    WriteCsvRow(rows[i], /*header=*/false, out);
  }
}

absl::Status WriteCurves(Client& client, const std::vector<v1::Trial>& trials,
                         std::ostream& out) {
  ordered_json titles = {{"trial", ""}};
  Flatten(v1::Measurement::default_instance(), "", titles);
  WriteCsvRow(titles, /*header=*/true, out);
  for (const v1::Trial& trial : trials) {
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
void WritePoints(const std::vector<v1::Trial>& trials, bool imported,
                 std::ostream& out) {
  const bool variants = std::any_of(
      trials.begin(), trials.end(),
      [](const v1::Trial& trial) { return !trial.variant().empty(); });
  out << "params,tokens,loss,flops,width,depth,budget,seed,run"
      << (variants ? ",variant\n" : "\n");
  for (const v1::Trial& trial : trials) {
    if (!IsOfSearch(trial) && !(imported && !IsTrainedHere(trial))) continue;
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
      if (!IsTrainedHere(trial)) row["tokens"] = ImportedTokens(trial);
      if (!trial.has_shape()) row["width"] = row["depth"] = nullptr;
      if (variants) row["variant"] = VariantOf(trial);
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
  ISOSHAPE_RETURN_IF_ERROR(CheckOutput(flags.file));
  Client client(context.server);
  ISOSHAPE_ASSIGN_OR_RETURN(const v1::Campaign campaign,
                            GetCampaign(client, name));
  ISOSHAPE_ASSIGN_OR_RETURN(const std::vector<v1::Trial> trials,
                            ListTrials(client, name));
  // The text is collected first, so that a call that fails leaves no
  // half-written file.
  std::ostringstream text;
  if (flags.points) {
    // Those of a campaign without others need not be asked for.
    const bool alone =
        std::none_of(trials.begin(), trials.end(), IsOfSearch) &&
        !std::all_of(trials.begin(), trials.end(), IsTrainedHere);
    if (alone && !flags.imported) {
      std::cerr
          << "note: the campaign has no runs but imported ones, which are "
             "written\n";
    }
    WritePoints(trials, flags.imported || alone, text);
  } else if (flags.format == "json") {
    ISOSHAPE_RETURN_IF_ERROR(
        WriteJson(client, campaign, trials, flags.measurements, text));
  } else if (flags.measurements) {
    ISOSHAPE_RETURN_IF_ERROR(WriteCurves(client, trials, text));
  } else {
    WriteTrials(trials, flags.explode, text);
  }
  if (flags.file.empty()) {
    std::cout << text.str();
    return absl::OkStatus();
  }
  ISOSHAPE_RETURN_IF_ERROR(WriteOutput(flags.file, text.str()));
  std::cerr << "isoshape: " << Counted(std::ssize(trials), "trial")
            << " written to " << flags.file << '\n';
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
          ->check(OneOf({"csv", "json"}));
  CLI::Option* measurements = command->add_flag(
      "--measurements", flags->measurements,
      "The curves: csv has a row for each point instead of each "
      "trial, json has them in each trial");
  command
      ->add_flag("--points", flags->points,
                 "csv of the losses that fits rest on, cooldown branches among "
                 "them, as 'isoshape fit --input' reads it")
      ->excludes(measurements);
  command->add_flag("--imported", flags->imported,
                    "With --points, also imported runs beside the campaign's "
                    "own; without any of its own they are there unasked");
  command->add_flag("--explode", flags->explode,
                    "csv: a column for each entry of a list, instead of the "
                    "list as JSON in one");
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
