#include <cstdint>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "cli/commands/commands.h"
#include "cli/commands/training/train_alone.h"
#include "cli/commands/training/train_choice.h"
#include "cli/commands/training/train_verified.h"
#include "cli/console/campaign_reads.h"
#include "cli/console/client.h"
#include "cli/console/command.h"
#include "cli/flags/trainer_flags.h"
#include "cli/output/format.h"
#include "cli/output/shape_card_output.h"
#include "cli/output/table.h"
#include "common/console/one_of.h"
#include "common/files/output_folder.h"
#include "common/process/child_process.h"
#include "common/process/program_folder.h"
#include "common/process/program_log.h"
#include "common/status/status_macros.h"
#include "common/text/format_number.h"
#include "messages/campaign/campaign_recipe.h"
#include "messages/campaign/campaign_variants.h"
#include "messages/campaign/tokens_per_step.h"
#include "messages/names/name_parts.h"
#include "messages/shape/shape_proto.h"
#include "scaling/runs/budget_levels.h"
#include "shape/accounting.h"
#include "shape/export_format.h"
#include "shape/synthetic_task.h"
#include "worker/trainer/trainer_session.h"

namespace isoshape {
namespace {

struct TrainFlags {
  std::string campaign;
  ShapeQuestion question;
  std::string out;
  std::string data;
  std::string format;
  std::optional<int64_t> seed;
  bool verify = false;
  WorkerOptions trainer;
};

absl::StatusOr<std::string> DataPath(const v1::Campaign& campaign,
                                     const TrainFlags& flags) {
  if (IsSyntheticName(campaign.dataset())) {
    if (flags.data.empty()) return campaign.dataset();
    return UsageError(absl::StrCat("the campaign's data are ",
                                   campaign.dataset(),
                                   ", which the trainer generates; leave "
                                   "--data out"));
  }
  if (!flags.data.empty()) {
    std::error_code error;
    return std::filesystem::absolute(flags.data, error).string();
  }
  return UsageError(
      absl::StrCat("--data is missing; give the path of the data "
                   "that the campaign calls '",
                   campaign.dataset(), "'"));
}

// The run that a worker would be given. FAILED_PRECONDITION, as of a trial that
// is added, if the campaign's rule leaves none at this compute.
absl::StatusOr<v1::Lease> LeaseOf(const v1::Campaign& campaign,
                                  const ChosenShape& choice, int64_t seed) {
  if (!(ExactTokensPerStep(campaign, choice.budget) <= kMaxTokensPerStep)) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "at %s FLOPs the campaign's batch rule asks for more than %g tokens a "
        "step; give a smaller compute",
        FormatFlops(choice.budget), kMaxTokensPerStep));
  }
  const int64_t tokens = TokensPerStepAt(campaign, choice.budget);
  const int64_t steps = StepsAtBudget(choice.shape, choice.budget, tokens);
  if (steps == 0) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "%s FLOPs do not pay for one step of %d tokens of %s; give a larger "
        "compute",
        FormatFlops(choice.budget), tokens, ShapeLabel(choice.shape)));
  }
  v1::Recipe recipe = RecipeAt(campaign, choice.budget);
  recipe.set_tokens_per_step(tokens);
  return MakeOwnLease(choice.shape, recipe, steps, seed);
}

// What --verify is to train.
VerifiedRun RunOf(const TrainFlags& flags, const v1::Campaign& campaign,
                  const ChosenShape& choice) {
  VerifiedRun run;
  run.campaign = campaign;
  run.shape = choice.shape;
  run.budget = choice.budget;
  run.variant = flags.question.variant;
  run.seed = flags.seed;
  run.options = flags.trainer;
  run.options.weights = WeightsPath(flags.out);
  return run;
}

// The flags by which `waiting` would be what is asked for; empty if nothing
// that was asked for by a flag differs from it.
std::vector<std::string> FlagsThatDiffer(const TrainFlags& flags,
                                         const VerifiedRun& run,
                                         const v1::Trial& waiting) {
  const ShapeQuestion& question = flags.question;
  std::vector<std::string> differ;
  if (!question.shape.empty() && FromProto(waiting.shape()) != run.shape) {
    differ.emplace_back("--best instead of --shape");
  }
  if (!SameBudget(waiting.budget_flops(), run.budget)) {
    if (question.budget > 0) differ.emplace_back("no --budget");
    if (question.target > 0) differ.emplace_back("no --target");
  }
  if (const std::string variant(VariantOf(waiting));
      variant != (run.variant.empty() ? kBaseVariant : run.variant)) {
    differ.push_back(absl::StrCat("--variant ", variant));
  }
  if (run.seed.has_value() && waiting.seed() != *run.seed) {
    differ.push_back(absl::StrCat("--seed ", waiting.seed()));
  }
  return differ;
}

// What is to be trained with --verify: the shape chosen, or that of a trial
// that waits in the folder for another, since the campaign has a better result
// by now. What is asked for by a flag does not give way to it.
absl::StatusOr<ChosenShape> OrWaiting(Client& client, const TrainFlags& flags,
                                      const v1::Campaign& campaign,
                                      ChosenShape choice) {
  const VerifiedRun run = RunOf(flags, campaign, choice);
  ISOSHAPE_ASSIGN_OR_RETURN(const v1::Trial waiting, FindWaiting(client, run));
  if (waiting.name().empty() || IsTrialOf(run, waiting)) return choice;
  const std::string name = ShortName(waiting.name());
  const std::string what = absl::StrFormat(
      "%s, %s of %s FLOPs, waits for 'isoshape train --verify' into %s", name,
      ShapeLabel(FromProto(waiting.shape())),
      FormatFlops(waiting.budget_flops()), flags.out);
  if (const auto differ = FlagsThatDiffer(flags, run, waiting);
      !differ.empty()) {
    // If it is in training, what is told is when its lease ends.
    if (waiting.state() == v1::Trial::LEASED) return choice;
    return absl::FailedPreconditionError(
        absl::StrCat(what, "; give ", absl::StrJoin(differ, ", "),
                     " to go on with it, or another --out"));
  }
  if (waiting.state() != v1::Trial::LEASED) {
    std::cerr << what << ": going on with it; " << ShapeLabel(choice.shape)
              << ", " << choice.source << ", needs another --out\n";
  }
  return ChosenShape{.shape = FromProto(waiting.shape()),
                     .budget = waiting.budget_flops(),
                     .source = absl::StrCat(name, ", begun before"),
                     .expectation = "",
                     .fingerprint = ""};
}

// Trains it as a trial of the campaign, which checks what is predicted.
absl::StatusOr<v1::Trial> TrainTrial(Client& client, const TrainFlags& flags,
                                     const v1::Campaign& campaign,
                                     const ChosenShape& choice,
                                     const std::string& data) {
  VerifiedRun run = RunOf(flags, campaign, choice);
  run.options.data[campaign.dataset()] = data;
  ISOSHAPE_RETURN_IF_ERROR(MakeWeightsFolder(flags.out).status());
  ISOSHAPE_ASSIGN_OR_RETURN(v1::Trial trial, TrainVerified(client, run));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckWeights(flags.out, trial.shape_card().trainer()));
  return trial;
}

// Writes the weights in OUT for Hugging Face, into OUT/FORMAT.
absl::Status ExportWeights(const TrainFlags& flags, std::string* folder) {
  *folder = absl::StrCat(flags.out, "/", flags.format);
  ChildCommand command;
  command.arguments = {absl::StrCat(ProgramFolder(), "/isoshape-trainer"),
                       "export",
                       "--checkpoint",
                       flags.out,
                       "--format",
                       flags.format,
                       "--out",
                       *folder};
  command.relay_error = true;
  ISOSHAPE_ASSIGN_OR_RETURN(const std::unique_ptr<ChildProcess> exporter,
                            ChildProcess::Start(command));
  while (exporter->ReadLine(absl::InfiniteDuration()).ok()) {
  }
  exporter->WaitForEnd(absl::InfiniteDuration());
  if (exporter->Ending() == "exit code 0") return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("the weights are in ", flags.out,
                   ", but could not be exported: ", exporter->LastErrorLine()));
}

void Report(const TrainFlags& flags, const ChosenShape& choice,
            const v1::Trial& trial, const std::string& exported) {
  const v1::ShapeCard& card = trial.shape_card();
  std::vector<std::pair<std::string, std::string>> fields = {
      {"shape", absl::StrCat(ShapeLabel(choice.shape), ", ffn ",
                             choice.shape.ffn_width, ": ", choice.source)},
      {"compute",
       absl::StrCat(FormatFlops(choice.budget),
                    " FLOPs: ", FormatInteger(trial.steps()), " steps of ",
                    FormatInteger(trial.tokens_per_step()), " tokens")}};
  if (!trial.name().empty()) {
    fields.emplace_back("trial", ShortName(trial.name()) +
                                     ", a verification, out of every fit");
  }
  if (!choice.expectation.empty()) {
    fields.emplace_back("expected loss", choice.expectation);
    fields.emplace_back("measured", FormatLoss(card.validation_loss()));
  }
  PrintFields(fields, std::cout);
  std::cout << '\n';
  PrintShapeCard(card, std::cout);
  std::cout << '\n';
  fields = {{"weights", flags.out}};
  if (!exported.empty()) fields.emplace_back("exported", exported);
  PrintFields(fields, std::cout);
  if (!choice.fingerprint.empty() && !card.data_fingerprint().empty() &&
      choice.fingerprint != card.data_fingerprint()) {
    std::cout << "warning: these data are not those of the campaign "
                 "(fingerprint "
              << card.data_fingerprint() << ", there " << choice.fingerprint
              << "); losses do not compare\n";
  }
  if (exported.empty() && flags.trainer.trainer.empty()) {
    std::cout << "next: isoshape-trainer export --checkpoint " << flags.out
              << " --format llama --out " << flags.out
              << "/llama   makes a Hugging Face folder\n";
  }
}

absl::Status CheckQuestion(const ShapeQuestion& question) {
  const int ways = static_cast<int>(question.best) +
                   static_cast<int>(question.predicted) +
                   static_cast<int>(!question.shape.empty());
  if (ways != 1) {
    return UsageError(
        "train takes one of --best, --predicted and --shape DEPTHxWIDTH");
  }
  if (question.target > 0 && !question.predicted) {
    return UsageError("--target goes with --predicted; give --budget instead");
  }
  if (question.budget > 0 && question.predicted) {
    return UsageError("--budget goes with --best and --shape; give --target");
  }
  return absl::OkStatus();
}

absl::Status Train(const CommandContext& context, const TrainFlags& flags) {
  ISOSHAPE_RETURN_IF_ERROR(CheckQuestion(flags.question));
  if (!flags.format.empty() && !flags.trainer.trainer.empty()) {
    return UsageError(
        "--format exports weights of isoshape-trainer; leave it out, or "
        "--trainer");
  }
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string name,
                            CampaignArgument(flags.campaign));
  ISOSHAPE_RETURN_IF_ERROR(CheckOutputFolder("--out", WeightsPath(flags.out)));
  if (flags.verify) StartProgramLog("warn");  // what its worker tells
  Client client(context.server);
  ISOSHAPE_ASSIGN_OR_RETURN(const v1::Campaign whole,
                            GetCampaign(client, name));
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string variant,
                            FindVariant(whole, flags.question.variant));
  const v1::Campaign campaign = AsVariant(whole, variant);
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string data, DataPath(campaign, flags));
  ISOSHAPE_ASSIGN_OR_RETURN(ChosenShape choice,
                            ChooseShape(client, campaign, flags.question));
  if (flags.verify) {
    ISOSHAPE_ASSIGN_OR_RETURN(
        choice, OrWaiting(client, flags, campaign, std::move(choice)));
  }
  if (const auto format = FindExportFormat(flags.format)) {
    if (const std::string problem = ExportProblem(choice.shape, *format);
        !problem.empty()) {
      return UsageError(absl::StrCat("--format ", flags.format, ": ",
                                     ShapeLabel(choice.shape), " has ",
                                     problem));
    }
  }
  ISOSHAPE_ASSIGN_OR_RETURN(v1::Lease lease,
                            LeaseOf(campaign, choice, flags.seed.value_or(0)));
  std::cerr << absl::StrFormat(
      "training %s, %s: %s parameters, %s steps of %s tokens\n",
      ShapeLabel(choice.shape), choice.source,
      FormatCount(static_cast<double>(lease.trial().parameters())),
      FormatInteger(lease.trial().steps()),
      FormatInteger(lease.trial().tokens_per_step()));
  if (flags.verify) {
    ISOSHAPE_ASSIGN_OR_RETURN(
        *lease.mutable_trial(),
        TrainTrial(client, flags, campaign, choice, data));
  } else {
    ISOSHAPE_RETURN_IF_ERROR(TrainAlone(flags.trainer, flags.out, data, lease));
  }
  std::string exported;
  if (!flags.format.empty()) {
    ISOSHAPE_RETURN_IF_ERROR(ExportWeights(flags, &exported));
  }
  if (context.json()) {
    PrintJson(lease.trial());
  } else {
    Report(flags, choice, lease.trial(), exported);
  }
  return absl::OkStatus();
}

// Which shape is trained, and at what compute.
void AddQuestionFlags(CLI::App& command, ShapeQuestion& question) {
  command.add_flag("--best", question.best,
                   "The best measured shape of the largest budget, or of "
                   "--budget");
  command.add_flag("--predicted", question.predicted,
                   "The best shape that 'isoshape predict' names");
  command
      .add_option("--shape", question.shape,
                  "This shape, with the campaign's options")
      ->type_name("DEPTHxWIDTH");
  command.add_option("--variant", question.variant,
                     "Variant of the campaign by whose recipe and options it "
                     "is trained (default base)");
  command
      .add_option("--target", question.target,
                  "Compute of --predicted, FLOPs (default: the campaign's "
                  "target)")
      ->transform(PositiveNumber());
  command
      .add_option("--budget", question.budget,
                  "Compute of --shape or --best, FLOPs (default: the "
                  "campaign's largest budget)")
      ->transform(PositiveNumber());
}

}  // namespace

void RegisterTrain(CLI::App& app, CommandContext& context) {
  CLI::App* command = AddCommand(
      app, "train",
      "Train a shape of a campaign on this machine and keep the weights",
      "isoshape train c1 --best --data corpus.txt --out model\n"
      "isoshape train c1 --predicted --target 1e14 --data corpus.txt "
      "--out model --format llama\n"
      "isoshape train c1 --predicted --data corpus.txt --out model --verify\n"
      "isoshape train c1 --shape 4x128 --budget 3e12 --data corpus.txt "
      "--out model");
  // Lives as long as the callbacks that hold it.
  const auto flags = std::make_shared<TrainFlags>();
  command
      ->add_option("campaign", flags->campaign,
                   "Campaign, such as c1, whose recipe it is trained by")
      ->required();
  AddQuestionFlags(*command, flags->question);
  command
      ->add_option("--out", flags->out,
                   "Folder of the weights; a run that was interrupted goes on "
                   "from what is there")
      ->required()
      ->type_name("DIR");
  command
      ->add_option("--data", flags->data,
                   "Path of the campaign's data on this machine")
      ->check(ExistingPath())
      ->type_name("PATH");
  command
      ->add_option("--format", flags->format,
                   "Also write a Hugging Face folder, DIR/FORMAT: llama, gpt2 "
                   "or bert")
      ->check(OneOf({"llama", "gpt2", "bert"}));
  command
      ->add_option("--seed", flags->seed,
                   "Seed (default 0; with --verify the first that the campaign "
                   "has not)")
      ->transform(WholeNumber(0));
  command->add_flag("--verify", flags->verify,
                    "As a trial of the campaign, by which a prediction is "
                    "checked: its result is kept beside the others, and out of "
                    "every fit");
  AddTrainerFlags(*command, flags->trainer);
  AddServerFlags(*command, context);
  command->callback([flags, &context] {
    context.action = [flags, &context] { return Train(context, *flags); };
  });
}

}  // namespace isoshape
