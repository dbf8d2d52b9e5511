#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/commands/campaigns/imported_runs.h"
#include "cli/commands/commands.h"
#include "cli/console/campaign_reads.h"
#include "cli/console/client.h"
#include "cli/console/command.h"
#include "cli/flags/input_file.h"
#include "cli/flags/message_file.h"
#include "cli/flags/run_shapes.h"
#include "cli/flags/run_table_flags.h"
#include "cli/flags/shape_flags.h"
#include "common/net/request_id.h"
#include "common/status/status_macros.h"
#include "common/text/counted.h"
#include "common/text/one_line.h"
#include "messages/json/proto_json.h"
#include "messages/names/resource_name.h"
#include "scaling/runs/row_name.h"
#include "scaling/runs/run_file.h"

namespace isoshape {
namespace {

// Rows that are named one by one on the terminal; JSON has them all.
constexpr size_t kMaxNamed = 20;

struct ImportFlags {
  RunTableFlags runs;
  std::string into;      // a campaign that there is
  std::string campaign;  // the id of one that is made, or was by this command
  std::string source;    // begins the source of each run; empty: the file
  ShapeFlags shape;      // of the models, for a campaign that is made
  bool no_shapes = false;
  bool dry_run = false;
  // A campaign in JSON, for which a dry run asks no coordinator.
  std::string record;
};

std::string SourceName(const ImportFlags& flags) {
  if (!flags.source.empty()) return flags.source;
  if (flags.runs.input == "-") return "stdin";
  return std::filesystem::path(flags.runs.input).filename();
}

// A campaign for the runs. What the flags do not say of the shapes is as
// `predict --input` takes it from the runs.
absl::StatusOr<v1::CreateCampaignRequest> ExternalCampaign(
    const ImportFlags& flags, RunFile& file) {
  ShapeFlags shape = flags.shape;
  if (!flags.no_shapes) {
    ISOSHAPE_ASSIGN_OR_RETURN(shape,
                              WithFamilyOfRuns(flags.shape, file, file.runs));
  }
  v1::CreateCampaignRequest request;
  request.set_campaign_id(flags.campaign);
  request.set_request_id(NewRequestId());
  v1::Campaign& campaign = *request.mutable_campaign();
  campaign.set_display_name(
      absl::StrCat("runs of ", OneLine(SourceName(flags), 100)));
  campaign.mutable_algorithm()->mutable_external();
  campaign.mutable_space()->set_preset(shape.preset);
  *campaign.mutable_space()->mutable_base() = shape.shape;
  return request;
}

absl::StatusOr<v1::Campaign> ReadRecord(const std::string& path) {
  constexpr char kKind[] = "a campaign in JSON";
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string text, ReadInput(path, kKind));
  ISOSHAPE_ASSIGN_OR_RETURN(const MessageFile file,
                            MessageFile::Parse(path, text, kKind));
  v1::Campaign campaign;
  ISOSHAPE_RETURN_IF_ERROR(file.Fill(&campaign));
  if (campaign.space().base().head_dim() < 1) {
    return file.ErrorAt("space", /*of_name=*/false,
                        "no space.base.head_dim; give the campaign as "
                        "'isoshape campaign get -o json' writes it");
  }
  return campaign;
}

// Whether a campaign that is there can be the one that --campaign names.
absl::Status CheckTakesRuns(const v1::Campaign& there,
                            const ImportFlags& flags) {
  if (!there.algorithm().has_external()) {
    return UsageError(absl::StrCat(
        "--campaign ", flags.campaign,
        ": there is a campaign of that name, whose algorithm trains its own "
        "trials; import into it by --into ",
        flags.campaign, ", or choose another name"));
  }
  v1::Shape asked = there.space().base();
  asked.MergeFrom(flags.shape.shape);
  const bool same =
      (flags.shape.preset.empty() ||
       flags.shape.preset == there.space().preset()) &&
      asked.SerializeAsString() == there.space().base().SerializeAsString();
  if (same) return absl::OkStatus();
  return UsageError(absl::StrCat(
      "--campaign ", flags.campaign,
      " is there and its space is another than these flags of shapes say; "
      "choose another name, or leave them out"));
}

// The campaign that the runs go into; with a dry run, what it would be, without
// a name if it is not made yet.
absl::StatusOr<v1::Campaign> FindOrCreate(Client& client,
                                          const ImportFlags& flags,
                                          RunFile& file) {
  if (!flags.record.empty()) return ReadRecord(flags.record);
  if (!flags.into.empty()) {
    if (flags.shape.given) {
      return UsageError(
          "flags of shapes are of a campaign that --campaign makes; the one of "
          "--into has its own space");
    }
    ISOSHAPE_ASSIGN_OR_RETURN(const std::string name,
                              CampaignArgument(flags.into));
    return GetCampaign(client, name);
  }
  if (const absl::Status id = CheckId("--campaign", flags.campaign); !id.ok()) {
    return UsageError(id.message());
  }
  auto campaign = GetCampaign(client, MakeCampaignName(flags.campaign));
  if (absl::IsNotFound(campaign.status())) {
    ISOSHAPE_ASSIGN_OR_RETURN(v1::CreateCampaignRequest request,
                              ExternalCampaign(flags, file));
    request.set_validate_only(flags.dry_run);
    campaign = CreateOrGetCampaign(client, request);
    if (campaign.ok() && flags.dry_run) campaign->clear_name();
    if (flags.dry_run) return campaign;
  }
  if (!campaign.ok()) return campaign;
  ISOSHAPE_RETURN_IF_ERROR(CheckTakesRuns(*campaign, flags));
  return campaign;
}

// How many of the runs a campaign has, by their sources.
absl::StatusOr<size_t> CountKnown(Client& client, const std::string& campaign,
                                  const std::vector<v1::ImportedRun>& runs) {
  if (campaign.empty()) return 0;  // it is not made yet
  ISOSHAPE_ASSIGN_OR_RETURN(const std::vector<v1::Trial> trials,
                            ListTrials(client, campaign));
  std::set<std::string> known;
  for (const v1::Trial& trial : trials) {
    if (trial.purpose() == v1::Trial::IMPORTED) known.insert(trial.source());
  }
  return static_cast<size_t>(
      std::count_if(runs.begin(), runs.end(), [&](const v1::ImportedRun& run) {
        return known.contains(run.source());
      }));
}

nlohmann::ordered_json JsonOf(const v1::Campaign& campaign, const RunFile& file,
                              const std::vector<v1::ImportedRun>& runs,
                              const ImportOutcome& outcome, bool dry_run) {
  nlohmann::ordered_json refused = nlohmann::ordered_json::array();
  for (const RefusedRow& row : outcome.refused) {
    refused.push_back({{"row", RowName(file.runs, row.row)},
                       {"source", runs[row.row].source()},
                       {"error", row.error}});
  }
  return {{"campaign", campaign.name()},
          {"columns", file.columns},
          {"rows", runs.size()},
          {dry_run ? "new" : "imported", outcome.added},
          {"known", outcome.known},
          {"refused", std::move(refused)}};
}

// The runs themselves, for a client that brings them, and how they were read.
void AddRuns(const RunFile& file, const std::vector<v1::ImportedRun>& runs,
             nlohmann::ordered_json& json) {
  json["notes"] = file.notes;
  json["warnings"] = file.warnings;
  json["runs"] = nlohmann::ordered_json::array();
  for (const v1::ImportedRun& run : runs) json["runs"].push_back(ToJson(run));
}

void Print(const v1::Campaign& campaign, const ImportFlags& flags,
           const RunFile& file, const ImportOutcome& outcome) {
  const bool dry_run = flags.dry_run;
  const std::string name =
      !campaign.name().empty() ? ShortName(campaign.name())
      : flags.campaign.empty()
          ? "the new campaign"
          : absl::StrCat("a new campaign, ", flags.campaign);
  std::cout << Counted(static_cast<int64_t>(outcome.added), "run")
            << (dry_run ? " would be imported into " : " imported into ")
            << name << ", " << outcome.known << (dry_run ? " are" : " were")
            << " there already";
  // The coordinator alone refuses rows, and a dry run does not ask it.
  if (!dry_run) std::cout << ", " << outcome.refused.size() << " refused";
  std::cout << '\n';
  for (size_t i = 0; i < std::min(kMaxNamed, outcome.refused.size()); ++i) {
    const RefusedRow& row = outcome.refused[i];
    std::cout << "refused: " << RowName(file.runs, row.row) << ": "
              << Printable(row.error) << '\n';
  }
  if (outcome.refused.size() > kMaxNamed) {
    std::cout << "refused: and " << outcome.refused.size() - kMaxNamed
              << " more; --output json has them all\n";
  }
}

void PrintMapping(const RunFile& file) {
  std::cout << "columns: "
            << absl::StrJoin(file.columns, ", ",
                             [](std::string* out, const auto& column) {
                               absl::StrAppend(out, column.first, " = ",
                                               OneLine(column.second, 60));
                             })
            << '\n';
  for (const std::string& warning : file.warnings) {
    std::cout << "warning: " << Printable(warning) << '\n';
  }
}

absl::Status CheckCampaignFlags(const ImportFlags& flags) {
  if (!flags.record.empty()) {
    if (flags.dry_run) return absl::OkStatus();
    return UsageError(
        "--into-record is what a dry run looks at instead of a coordinator; "
        "add --dry-run, or import by --into");
  }
  if (flags.into.empty() != flags.campaign.empty()) return absl::OkStatus();
  return UsageError(
      "import needs a campaign: --into c1 for one that there is, or "
      "--campaign NAME for a new one; give one of them");
}

absl::Status Import(const CommandContext& context, const ImportFlags& flags) {
  ISOSHAPE_RETURN_IF_ERROR(CheckCampaignFlags(flags));
  ISOSHAPE_ASSIGN_OR_RETURN(RunFile file, ReadRunTable(flags.runs, {}));
  if (!context.json()) PrintMapping(file);
  std::vector<v1::ImportedRun> runs =
      ToImportedRuns(file.runs, SourceName(flags));
  if (!file.runs.weight.empty()) {
    std::cerr << "note: weights are not imported: each run counts once\n";
  }
  Client client(context.server);
  ISOSHAPE_ASSIGN_OR_RETURN(const v1::Campaign campaign,
                            FindOrCreate(client, flags, file));
  const std::string shapes =
      flags.no_shapes ? "" : AddShapes(campaign, file.runs, runs);
  if (!shapes.empty()) std::cerr << "note: " << Printable(shapes) << '\n';
  ImportOutcome outcome;
  if (flags.dry_run) {
    if (flags.record.empty()) {
      ISOSHAPE_ASSIGN_OR_RETURN(outcome.known,
                                CountKnown(client, campaign.name(), runs));
    }
    outcome.added = runs.size() - outcome.known;
  } else {
    ISOSHAPE_ASSIGN_OR_RETURN(outcome,
                              ImportRuns(client, campaign.name(), runs));
  }
  if (context.json()) {
    nlohmann::ordered_json json =
        JsonOf(campaign, file, runs, outcome, flags.dry_run);
    if (!flags.record.empty()) AddRuns(file, runs, json);
    std::cout << json.dump(2) << '\n';
  } else {
    Print(campaign, flags, file, outcome);
  }
  if (!outcome.refused.empty()) {
    return absl::FailedPreconditionError(absl::StrCat(
        outcome.refused.size(), " of ", Counted(runs.size(), "run"),
        " refused; correct these rows and import the file again: what is there "
        "is not imported twice"));
  }
  if (!flags.dry_run) {
    ISOSHAPE_ASSIGN_OR_RETURN(const ImportedTrials imported,
                              CountImported(client, campaign.name()));
    std::cerr << "isoshape: fit them with 'isoshape fit "
              << ShortName(campaign.name())
              << (imported.alone ? "'\n" : " --imported'\n");
  }
  return absl::OkStatus();
}

}  // namespace

void RegisterImport(CLI::App& app, CommandContext& context) {
  CLI::App* command = AddCommand(
      app, "import",
      "Bring runs that were trained elsewhere into a campaign, by a file",
      "isoshape import wandb_export.csv --campaign old-runs\n"
      "isoshape import runs.csv --into c1 --dry-run\n"
      "isoshape import mlflow.json --into c1 --column loss=metrics.val_loss\n"
      "isoshape fit old-runs --law parametric");
  // Lives as long as the callbacks that hold it.
  const auto flags = std::make_shared<ImportFlags>();
  CLI::Option* const into = command->add_option(
      "--into", flags->into, "Campaign that the runs go into, such as c1");
  command
      ->add_option("--campaign", flags->campaign,
                   "Name of a new campaign for them, which trains nothing by "
                   "itself (algorithm external); the same command goes on "
                   "with it")
      ->excludes(into);
  command
      ->add_option("--source", flags->source,
                   "Name that begins the source of each run, so that it is "
                   "imported once (default: that of the file)")
      ->type_name("NAME");
  command->add_flag("--no-shapes", flags->no_shapes,
                    "Leave depth and width out");
  command->add_flag("--dry-run", flags->dry_run,
                    "Say what would be imported; change nothing");
  command
      ->add_option("--into-record", flags->record,
                   "JSON of the campaign, as 'isoshape campaign get -o json' "
                   "writes it: a dry run then needs no coordinator, and its "
                   "JSON has the runs as ImportTrials takes them")
      ->type_name("FILE")
      ->excludes(into);
  AddRunTableFlags(*command, flags->runs, /*where=*/true, "file")->required();
  AddShapeFamilyFlags(*command, flags->shape);
  AddServerFlags(*command, context);
  command->callback([flags, &context] {
    context.action = [flags, &context] { return Import(context, *flags); };
  });
}

}  // namespace isoshape
