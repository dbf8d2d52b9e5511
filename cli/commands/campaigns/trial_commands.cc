#include <algorithm>
#include <cstdint>
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/commands/commands.h"
#include "cli/console/campaign_reads.h"
#include "cli/console/client.h"
#include "cli/console/command.h"
#include "cli/flags/flag_kinds.h"
#include "cli/output/format.h"
#include "cli/output/shape_card_output.h"
#include "cli/output/table.h"
#include "common/status/status_macros.h"
#include "common/text/counted.h"
#include "isoshape/v1/trial.pb.h"
#include "messages/campaign/campaign_variants.h"
#include "messages/json/enum_name.h"
#include "messages/json/proto_json.h"
#include "messages/names/resource_name.h"
#include "messages/shape/shape_proto.h"
#include "messages/trial/lifecycle.h"
#include "messages/trial/measured_points.h"
#include "shape/shape.h"

namespace isoshape {
namespace {

using nlohmann::ordered_json;

struct TrialFlags {
  std::string name;
  v1::Trial::State state = v1::Trial::STATE_UNSPECIFIED;
  int64_t limit = 0;
  std::string where;
  std::string variant;
};

// The trials that a command asks for, by number.
absl::StatusOr<std::vector<v1::Trial>> ListAsked(Client& client,
                                                 const std::string& campaign,
                                                 const TrialFlags& flags) {
  if (flags.where.empty()) {
    return ListTrials(client, campaign, flags.limit, flags.state,
                      flags.variant);
  }
  v1::ListTrialTableRequest request;
  request.set_parent(campaign);
  request.set_filter(flags.where);
  request.add_columns("number");
  std::set<double> numbers;
  do {
    ISOSHAPE_ASSIGN_OR_RETURN(
        const v1::ListTrialTableResponse page,
        client.Call(&Client::CampaignStub::ListTrialTable, request));
    numbers.insert(page.columns(0).numbers().begin(),
                   page.columns(0).numbers().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  ISOSHAPE_ASSIGN_OR_RETURN(
      std::vector<v1::Trial> trials,
      ListTrials(client, campaign, 0, flags.state, flags.variant));
  std::erase_if(trials, [&](const v1::Trial& trial) {
    const absl::StatusOr<TrialName> name = ParseTrialName(trial.name());
    return !name.ok() || !numbers.contains(static_cast<double>(name->number));
  });
  if (flags.limit > 0 && trials.size() > static_cast<size_t>(flags.limit)) {
    trials.resize(flags.limit);
  }
  return trials;
}

std::string LossText(const v1::Trial& trial) {
  if (trial.shape_card().validation_loss() > 0) {
    return FormatLoss(trial.shape_card().validation_loss());
  }
  if (trial.last_measurement().has_validation_loss()) {
    return absl::StrCat(FormatLoss(trial.last_measurement().validation_loss()),
                        " so far");
  }
  return "";
}

// `4x128`, or `?` of an imported run whose shape is not known.
std::string ShapeText(const v1::Trial& trial) {
  return trial.has_shape() ? ShapeLabel(FromProto(trial.shape())) : "?";
}

std::string ProgressText(const v1::Trial& trial) {
  if (!IsTrainedHere(trial)) return "imported";
  const int64_t step = trial.shape_card().steps() > 0
                           ? trial.shape_card().steps()
                           : trial.last_measurement().step();
  return absl::StrCat(step, "/", trial.steps());
}

// A trial that a worker holds is running: so campaigns count it, and --state
// takes it.
std::string StateText(const v1::Trial& trial) {
  return trial.state() == v1::Trial::LEASED ? "running"
                                            : EnumName(trial.state());
}

std::string NoteText(const v1::Trial& trial) {
  if (trial.excluded()) {
    return absl::StrCat(IsTrainedHere(trial) ? "" : "imported, ",
                        "excluded: ", trial.exclusion_reason());
  }
  if (!trial.error().empty()) return trial.error();
  if (trial.state() == v1::Trial::PENDING && !trial.reserved_worker().empty()) {
    return absl::StrCat("waits for ", ShortName(trial.reserved_worker()),
                        " alone");
  }
  return trial.reason();
}

absl::Status PrintTrials(const CommandContext& context,
                         const TrialFlags& flags) {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string name,
                            CampaignArgument(flags.name));
  Client client(context.server);
  ISOSHAPE_ASSIGN_OR_RETURN(const std::vector<v1::Trial> trials,
                            ListAsked(client, name, flags));
  if (context.json()) {
    ordered_json list = ordered_json::array();
    for (const v1::Trial& trial : trials) list.push_back(ToJson(trial, true));
    std::cout << ordered_json{{"trials", list}}.dump(2) << '\n';
    return absl::OkStatus();
  }
  const bool variants = std::any_of(
      trials.begin(), trials.end(),
      [](const v1::Trial& trial) { return !trial.variant().empty(); });
  std::vector<Table::Column> columns = {{"TRIAL"},
                                        {"STATE"},
                                        {"SHAPE"},
                                        {"FFN", Table::kRight},
                                        {"PARAMETERS", Table::kRight},
                                        {"BUDGET", Table::kRight},
                                        {"SEED", Table::kRight},
                                        {"STEPS", Table::kRight},
                                        {"LOSS", Table::kRight},
                                        {"WORKER"},
                                        {"NOTE"}};
  if (variants) columns.insert(columns.begin() + 4, Table::Column{"VARIANT"});
  Table table(columns);
  for (const v1::Trial& trial : trials) {
    std::vector<std::string> row = {
        ShortName(trial.name()),
        StateText(trial),
        ShapeText(trial),
        trial.has_shape() ? absl::StrCat(trial.shape().ffn_width()) : "",
        FormatCount(trial.parameters()),
        FormatFlops(trial.budget_flops()),
        absl::StrCat(trial.seed()),
        ProgressText(trial),
        LossText(trial),
        ShortName(trial.worker()),
        NoteText(trial)};
    if (variants) row.insert(row.begin() + 4, VariantOf(trial));
    table.AddRow(std::move(row));
  }
  table.Print(std::cout);
  if (trials.empty()) {
    std::cerr << "isoshape: no trial of " << ShortName(name)
              << " is what was asked for\n";
  }
  return absl::OkStatus();
}

// The smaller budgets that a trial measures, with the losses known so far.
void PrintBranches(const v1::Trial& trial) {
  const std::vector<MeasuredPoint> points = MeasuredPoints(trial);
  Table table({{"BRANCH", Table::kRight},
               {"STEPS", Table::kRight},
               {"TOKENS", Table::kRight},
               {"ADDED FLOPS", Table::kRight},
               {"LOSS", Table::kRight}});
  for (const v1::TrialBranch& branch : trial.branches()) {
    const auto point = std::find_if(
        points.begin(), points.end(),
        [&](const MeasuredPoint& p) { return p.steps == branch.steps(); });
    table.AddRow({FormatFlops(branch.budget_flops()),
                  absl::StrCat(branch.steps()), FormatCount(branch.tokens()),
                  FormatFlops(branch.added_flops()),
                  point == points.end() ? "" : FormatLoss(point->loss)});
  }
  table.Print(std::cout);
}

void PrintCurve(const std::vector<v1::Measurement>& curve) {
  Table table({{"STEP", Table::kRight},
               {"TOKENS", Table::kRight},
               {"FLOPS", Table::kRight},
               {"TRAIN", Table::kRight},
               {"VALIDATION", Table::kRight},
               {"GRADIENT", Table::kRight},
               {"RATE", Table::kRight},
               {"TOKENS/S", Table::kRight},
               {"ELAPSED", Table::kRight}});
  for (const v1::Measurement& point : curve) {
    table.AddRow(
        {absl::StrCat(point.step()), FormatCount(point.tokens()),
         FormatFlops(point.flops()),
         point.has_train_loss() ? FormatLoss(point.train_loss()) : "-",
         point.has_validation_loss() ? FormatLoss(point.validation_loss())
                                     : "-",
         point.has_gradient_norm() ? FormatRatio(point.gradient_norm()) : "-",
         point.has_learning_rate() ? FormatRatio(point.learning_rate()) : "-",
         point.has_tokens_per_second() ? FormatCount(point.tokens_per_second())
                                       : "-",
         point.has_elapsed_seconds()
             ? DurationText(absl::Seconds(point.elapsed_seconds()))
             : "-"});
  }
  table.Print(std::cout);
}

void PrintTrialJson(const v1::Trial& trial,
                    const std::vector<v1::Measurement>& curve) {
  ordered_json object = ToJson(trial, true);
  ordered_json& points = object["measurements"] = ordered_json::array();
  for (const v1::Measurement& point : curve) {
    points.push_back(ToJson(point, true));
  }
  std::cout << object.dump(2) << '\n';
}

using Fields = std::vector<std::pair<std::string, std::string>>;

// The fields that every trial has.
Fields FieldsOf(const v1::Trial& trial) {
  const v1::Shape& shape = trial.shape();
  return {
      {"trial", ShortName(trial.name())},
      {"state", StateText(trial)},
      {"purpose", EnumName(trial.purpose())},
      {"source", trial.source()},
      {"variant", VariantOf(trial)},
      {"shape",
       trial.has_shape()
           ? absl::StrCat("depth ", shape.depth(), ", width ", shape.width(),
                          ", heads ", shape.heads(), " of ", shape.head_dim(),
                          ", ffn ", shape.ffn_width())
           : "not known"},
      {"parameters", FormatInteger(trial.parameters())},
      {"budget (FLOPs)", FormatFlops(trial.budget_flops())},
      {"steps", ProgressText(trial)},
      {"tokens", FormatInteger(trial.tokens())},
      {"seed", absl::StrCat(trial.seed())},
      {"worker", ShortName(trial.worker())},
      {"lost leases", absl::StrCat(trial.lost_leases(), ", ",
                                   trial.lost_trainers(), " of them trainers")},
      {"reason", trial.reason()}};
}

// Adds what has happened to a trial, as far as something has.
void AddHistory(const v1::Trial& trial, Fields& more) {
  if (!trial.reserved_worker().empty()) {
    more.emplace_back("reserved for", ShortName(trial.reserved_worker()));
  }
  if (trial.worker_faults() > 0) {
    more.emplace_back("given back",
                      absl::StrCat(Counted(trial.worker_faults(), "time"),
                                   " by a worker's own fault"));
  }
  if (trial.retries() > 0) {
    more.emplace_back("retries", absl::StrCat(trial.retries()));
  }
  if (trial.excluded()) {
    more.emplace_back("excluded", trial.exclusion_reason());
  }
  if (!trial.shape_card().data_fingerprint().empty()) {
    more.emplace_back("data", trial.shape_card().data_fingerprint());
  }
  if (!trial.error().empty()) more.emplace_back("error", trial.error());
}

absl::Status ShowTrial(const CommandContext& context,
                       const std::string& argument) {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string name, TrialArgument(argument));
  Client client(context.server);
  v1::GetTrialRequest request;
  request.set_name(name);
  ISOSHAPE_ASSIGN_OR_RETURN(
      const v1::Trial trial,
      client.Call(&Client::CampaignStub::GetTrial, request));
  ISOSHAPE_ASSIGN_OR_RETURN(const std::vector<v1::Measurement> curve,
                            ListMeasurements(client, name));
  if (context.json()) {
    PrintTrialJson(trial, curve);
    return absl::OkStatus();
  }
  Fields fields = FieldsOf(trial);
  std::erase_if(fields, [](const auto& field) {
    return field.first == "source" && field.second.empty();
  });
  AddHistory(trial, fields);
  PrintFields(fields, std::cout);
  if (!trial.branches().empty()) {
    std::cout << '\n';
    PrintBranches(trial);
  }
  if (trial.shape_card().validation_loss() > 0) {
    std::cout << '\n';
    PrintShapeCard(trial.shape_card(), std::cout);
  }
  if (!curve.empty()) {
    std::cout << '\n';
    PrintCurve(curve);
  }
  return absl::OkStatus();
}

}  // namespace

void RegisterTrialCommands(CLI::App& app, CommandContext& context) {
  CLI::App* group =
      AddCommand(app, "trial", "Show trials, add and mend them",
                 "isoshape trial list c1\nisoshape trial get c1/7\n"
                 "isoshape trial retry c1/7");
  group->require_subcommand(1);
  const auto flags = std::make_shared<TrialFlags>();

  CLI::App* list = AddCommand(*group, "list", "List the trials of a campaign",
                              "isoshape trial list c1\n"
                              "isoshape trial list c1 --state failed\n"
                              "isoshape trial list c1 --state running\n"
                              "isoshape trial list c1 --where 'depth>4 "
                              "budget=9e11'\n"
                              "isoshape trial list c1 --output=json");
  list->add_option("campaign", flags->name, "Campaign, such as c1")->required();
  AddStateFlag(
      *list, *v1::Trial::State_descriptor(),
      [flags](int number) {
        flags->state = static_cast<v1::Trial::State>(number);
      },
      "Only trials in this state");
  list->add_option("--where", flags->where,
                   "Only trials that match, such as 'depth>4 "
                   "state:failed,diverged' (docs/http.md, \"Filters\")")
      ->type_name("FILTER");
  list->add_option("--variant", flags->variant, "Only trials of this variant");
  list->add_option("--limit", flags->limit, "At most this many (0: all)")
      ->transform(WholeNumber(0));
  AddServerFlags(*list, context);
  list->callback([flags, &context] {
    context.action = [flags, &context] { return PrintTrials(context, *flags); };
  });

  CLI::App* get =
      AddCommand(*group, "get", "Show one trial, its shape card and its curve",
                 "isoshape trial get c1/7\n"
                 "isoshape trial get campaigns/c1/trials/7 --output=json");
  get->add_option("trial", flags->name, "Trial, such as c1/7")->required();
  AddServerFlags(*get, context);
  get->callback([flags, &context] {
    context.action = [flags, &context] {
      return ShowTrial(context, flags->name);
    };
  });

  RegisterTrialVerbs(*group, context);
}

}  // namespace isoshape
