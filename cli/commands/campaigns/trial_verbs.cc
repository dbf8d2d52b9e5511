#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "cli/commands/campaigns/campaign_watch.h"
#include "cli/commands/commands.h"
#include "cli/console/campaign_reads.h"
#include "cli/console/client.h"
#include "cli/console/command.h"
#include "cli/console/worker_argument.h"
#include "cli/output/format.h"
#include "common/net/request_id.h"
#include "common/status/status_macros.h"
#include "common/text/counted.h"
#include "common/text/nearest_name.h"
#include "isoshape/v1/campaign_service.pb.h"
#include "isoshape/v1/worker_service.pb.h"
#include "messages/json/proto_json.h"
#include "messages/shape/shape_proto.h"
#include "shape/shape.h"

namespace isoshape {
namespace {

using Stub = Client::CampaignStub;

struct VerbFlags {
  std::string name;
  std::string reason;
  v1::Trial trial;  // of create
  bool verification = false;
  std::string worker;
};

// What became of the trial, or all of it as JSON.
void PrintChanged(const CommandContext& context, const v1::Trial& trial,
                  const std::string& what) {
  if (context.json()) {
    PrintJson(trial);
  } else {
    std::cout << ShortName(trial.name()) << ' ' << what << '\n';
  }
}

// Retry, exclude and include, whose requests have a name.
template <typename Request>
absl::StatusOr<v1::Trial> Change(
    const CommandContext& context, const std::string& argument,
    grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                 v1::Trial*),
    Request request = {}) {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string name, TrialArgument(argument));
  request.set_name(name);
  request.set_request_id(NewRequestId());
  Client client(context.server);
  return client.Call(method, request);
}

// Says what keeps the trial waiting, if that is known: that nobody has the name
// that it waits for, which may be a slip or a worker that comes later, or what
// the campaign says of its workers.
void WarnOfTrial(Client& client, const std::string& campaign,
                 const v1::Trial& trial) {
  v1::GetWorkerRequest request;
  request.set_name(trial.reserved_worker());
  if (request.name().empty() ||
      !absl::IsNotFound(
          client.Call(&Client::WorkerStub::GetWorker, request).status())) {
    return WarnOfWaiting(client, campaign);
  }
  std::vector<std::string> known;
  if (const auto workers = ListWorkers(client); workers.ok()) {
    for (const v1::Worker& worker : *workers) {
      known.emplace_back(ShortName(worker.name()));
    }
  }
  const std::string name(ShortName(request.name()));
  std::cerr << "isoshape: no worker is known as " << name
            << ", and nobody else is given the trial" << DidYouMean(name, known)
            << '\n';
}

absl::Status Create(const CommandContext& context, const VerbFlags& flags) {
  v1::CreateTrialRequest request;
  ISOSHAPE_ASSIGN_OR_RETURN(*request.mutable_parent(),
                            CampaignArgument(flags.name));
  *request.mutable_trial() = flags.trial;
  if (flags.verification) {
    request.mutable_trial()->set_purpose(v1::Trial::VERIFICATION);
  }
  if (!flags.worker.empty()) {
    ISOSHAPE_ASSIGN_OR_RETURN(
        *request.mutable_trial()->mutable_reserved_worker(),
        WorkerArgument(flags.worker));
  }
  request.set_request_id(NewRequestId());
  Client client(context.server);
  ISOSHAPE_ASSIGN_OR_RETURN(const v1::Trial trial,
                            client.Call(&Stub::CreateTrial, request));
  PrintChanged(
      context, trial,
      absl::StrCat("waits", trial.reserved_worker().empty() ? "" : " for ",
                   ShortName(trial.reserved_worker()), ": ",
                   ShapeLabel(FromProto(trial.shape())),
                   trial.variant().empty() ? "" : " ", trial.variant(), " at ",
                   FormatFlops(trial.budget_flops()), " FLOPs, ",
                   Counted(trial.steps(), "step")));
  WarnOfTrial(client, request.parent(), trial);
  return absl::OkStatus();
}

// A subcommand on one trial.
CLI::App* AddVerb(CLI::App& group, CommandContext& context, VerbFlags& flags,
                  const std::string& name, const std::string& description,
                  const std::string& examples) {
  CLI::App* command = AddCommand(group, name, description, examples);
  command->add_option("trial", flags.name, "Trial, such as c1/7")->required();
  AddServerFlags(*command, context);
  return command;
}

void RegisterCreate(CLI::App& group, CommandContext& context,
                    const std::shared_ptr<VerbFlags>& flags) {
  CLI::App* command =
      AddCommand(group, "create", "Add a trial of your own to a campaign",
                 "isoshape trial create c1 --depth 4 --width 64 --budget 1e11\n"
                 "isoshape trial create c1 --depth 8 --width 48 --budget 3e12 "
                 "--verification --worker w1");
  command->add_option("campaign", flags->name, "Campaign, such as c1")
      ->required();
  const auto add = [&](const char* name, const char* description,
                       void (v1::Shape::*set)(int64_t)) {
    return command
        ->add_option_function<int64_t>(
            name,
            [flags, set](int64_t value) {
              (flags->trial.mutable_shape()->*set)(value);
            },
            description)
        ->transform(WholeNumber(1));
  };
  add("--depth", "Layers", &v1::Shape::set_depth)->required();
  add("--width", "Width (d_model)", &v1::Shape::set_width)->required();
  add("--ffn-width",
      "Width of the feed-forward layer (default: the campaign's)",
      &v1::Shape::set_ffn_width);
  command
      ->add_option_function<double>(
          "--budget",
          [flags](double value) { flags->trial.set_budget_flops(value); },
          "Training FLOPs of the trial")
      ->transform(PositiveNumber())
      ->required();
  command
      ->add_option_function<int64_t>(
          "--seed", [flags](int64_t value) { flags->trial.set_seed(value); },
          "Seed of weights and batch order (default 0)")
      ->transform(WholeNumber(0));
  command->add_option_function<std::string>(
      "--variant",
      [flags](const std::string& name) { flags->trial.set_variant(name); },
      "Variant that it is trained in (default base)");
  command
      ->add_option("--worker", flags->worker,
                   "Only this worker, such as w1, may train it")
      ->type_name("WORKER");
  command->add_flag("--verification", flags->verification,
                    "Check a prediction by it: it is left out of every fit");
  AddServerFlags(*command, context);
  command->callback([flags, &context] {
    context.action = [flags, &context] { return Create(context, *flags); };
  });
}

}  // namespace

void RegisterTrialVerbs(CLI::App& group, CommandContext& context) {
  const auto flags = std::make_shared<VerbFlags>();
  RegisterCreate(group, context, flags);

  AddVerb(group, context, *flags, "retry",
          "Train a trial again that failed, diverged or was stopped",
          "isoshape trial retry c1/7")
      ->callback([flags, &context] {
        context.action = [flags, &context]() -> absl::Status {
          ISOSHAPE_ASSIGN_OR_RETURN(
              const v1::Trial trial,
              Change(context, flags->name, &Stub::RetryTrial));
          PrintChanged(context, trial, "waits again");
          return absl::OkStatus();
        };
      });

  CLI::App* exclude = AddVerb(
      group, context, *flags, "exclude",
      "Leave a trial out of every fit and of the search; it is kept",
      "isoshape trial exclude c1/7 --reason 'trained on the wrong corpus'");
  exclude->add_option("--reason", flags->reason, "Why, one line")->required();
  exclude->callback([flags, &context] {
    context.action = [flags, &context]() -> absl::Status {
      v1::ExcludeTrialRequest request;
      request.set_reason(flags->reason);
      ISOSHAPE_ASSIGN_OR_RETURN(
          const v1::Trial trial,
          Change(context, flags->name, &Stub::ExcludeTrial, request));
      PrintChanged(context, trial, "is excluded");
      return absl::OkStatus();
    };
  });

  AddVerb(group, context, *flags, "include", "Take an excluded trial in again",
          "isoshape trial include c1/7")
      ->callback([flags, &context] {
        context.action = [flags, &context]() -> absl::Status {
          ISOSHAPE_ASSIGN_OR_RETURN(
              const v1::Trial trial,
              Change(context, flags->name, &Stub::IncludeTrial));
          PrintChanged(context, trial, "is included");
          return absl::OkStatus();
        };
      });
}

}  // namespace isoshape
