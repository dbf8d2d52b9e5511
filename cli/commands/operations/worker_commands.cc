#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/commands/commands.h"
#include "cli/console/campaign_reads.h"
#include "cli/console/client.h"
#include "cli/console/command.h"
#include "cli/console/worker_argument.h"
#include "cli/output/format.h"
#include "cli/output/table.h"
#include "common/net/request_id.h"
#include "common/status/status_macros.h"
#include "common/text/time_text.h"
#include "isoshape/v1/worker_service.pb.h"
#include "messages/json/enum_name.h"
#include "messages/json/proto_json.h"
#include "messages/json/proto_time.h"

namespace isoshape {
namespace {

using Stub = Client::WorkerStub;

struct WorkerFlags {
  std::string name;
  std::string campaign;
  bool all = false;
};

// The data with what is known of their content: `text (9dd1091d)`.
std::string DataText(const v1::Worker& worker) {
  std::vector<std::string> texts;
  for (const std::string& dataset : worker.datasets()) {
    std::string text = dataset;
    for (const v1::DataContent& data : worker.data()) {
      if (data.dataset() != dataset) continue;
      absl::StrAppend(&text, " (", data.fingerprint().substr(0, 8), ")");
    }
    texts.push_back(std::move(text));
  }
  return absl::StrJoin(texts, ", ");
}

std::string AsideText(const v1::SetAside& aside) {
  std::string text =
      absl::StrCat(ShortName(aside.campaign()), ": ", aside.faults(),
                   aside.faults() == 1 ? " fault" : " faults in a row");
  if (aside.has_until()) {
    absl::StrAppend(&text, ", set aside until ",
                    LocalClockText(FromProto(aside.until())));
  }
  return absl::StrCat(text, ": ", aside.reason());
}

std::string TrialsText(const v1::Worker& worker) {
  return absl::StrJoin(worker.trials(), ", ",
                       [](std::string* out, const std::string& trial) {
                         absl::StrAppend(out, ShortName(trial));
                       });
}

std::string MemoryText(const v1::Worker& worker) {
  return worker.memory_limit_bytes() == 0
             ? "-"
             : FormatBytes(static_cast<double>(worker.memory_limit_bytes()));
}

// A worker drains until its process has ended, and is drained after that.
std::string StateText(const v1::Worker& worker) {
  if (!worker.draining()) return EnumName(worker.state());
  return worker.state() == v1::Worker::ONLINE ? "draining" : "drained";
}

absl::Status List(const CommandContext& context, const WorkerFlags& flags) {
  Client client(context.server);
  ISOSHAPE_ASSIGN_OR_RETURN(std::vector<v1::Worker> workers,
                            ListWorkers(client));
  if (context.json()) {
    auto list = nlohmann::ordered_json::array();
    for (const v1::Worker& worker : workers) {
      list.push_back(ToJson(worker, true));
    }
    std::cout << nlohmann::ordered_json{{"workers", list}}.dump(2) << '\n';
    return absl::OkStatus();
  }
  const size_t all = workers.size();
  if (!flags.all) {
    std::erase_if(workers, [](const v1::Worker& worker) {
      return worker.state() == v1::Worker::OFFLINE;
    });
  }
  Table table({{"WORKER"},
               {"STATE"},
               {"DEVICE"},
               {"SLOTS", Table::kRight},
               {"MEMORY", Table::kRight},
               {"DATA"},
               {"TRAINS"},
               {"NOTE"}});
  for (const v1::Worker& worker : workers) {
    table.AddRow(
        {ShortName(worker.name()), StateText(worker), worker.device(),
         absl::StrCat(worker.slots()), MemoryText(worker), DataText(worker),
         TrialsText(worker),
         worker.set_aside().empty() ? "" : AsideText(worker.set_aside(0))});
  }
  table.Print(std::cout);
  if (all == 0) {
    std::cerr << "isoshape: no worker has registered yet; start one with "
                 "'isoshape worker'\n";
  }
  if (workers.size() < all) {
    const size_t more = all - workers.size();
    std::cerr << "isoshape: " << more << (more == 1 ? " more is" : " more are")
              << " offline; --all shows them\n";
  }
  return absl::OkStatus();
}

void Print(const CommandContext& context, const v1::Worker& worker) {
  if (context.json()) {
    PrintJson(worker);
    return;
  }
  std::vector<std::pair<std::string, std::string>> fields = {
      {"worker", ShortName(worker.name())},
      {"state", StateText(worker)},
      {"host", worker.hostname()},
      {"device", absl::StrCat(worker.device(), ", ", worker.device_name())},
      {"slots", absl::StrCat(worker.slots())},
      {"memory of a trial", MemoryText(worker)},
      {"data", DataText(worker)},
      {"cooldown branches", worker.branches() ? "yes" : "no"},
      {"trains", TrialsText(worker)},
      {"version", worker.version()}};
  for (const v1::SetAside& aside : worker.set_aside()) {
    fields.emplace_back("at fault", AsideText(aside));
  }
  std::erase_if(fields, [](const auto& field) { return field.second.empty(); });
  PrintFields(fields, std::cout);
}

// A call whose request has a name, and whose answer is the worker.
template <typename Request>
absl::Status OnWorker(const CommandContext& context,
                      const std::string& argument,
                      grpc::Status (Stub::*method)(grpc::ClientContext*,
                                                   const Request&, v1::Worker*),
                      Request request = {}) {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string name, WorkerArgument(argument));
  request.set_name(name);
  if constexpr (requires { request.set_request_id(""); }) {
    request.set_request_id(NewRequestId());
  }
  Client client(context.server);
  ISOSHAPE_ASSIGN_OR_RETURN(v1::Worker worker, client.Call(method, request));
  if (worker.state() == v1::Worker::STATE_UNSPECIFIED) {
    // The answers of verbs have no state.
    v1::GetWorkerRequest get;
    get.set_name(name);
    ISOSHAPE_ASSIGN_OR_RETURN(worker, client.Call(&Stub::GetWorker, get));
  }
  Print(context, worker);
  if constexpr (std::is_same_v<Request, v1::ReadmitWorkerRequest>) {
    if (worker.draining()) {
      std::cerr << "isoshape: " << ShortName(name)
                << " has drained and ended, which readmit does not undo; start "
                   "it again by that name, and it takes trials\n";
    }
  }
  return absl::OkStatus();
}

absl::Status Delete(const CommandContext& context, const WorkerFlags& flags) {
  v1::DeleteWorkerRequest request;
  ISOSHAPE_ASSIGN_OR_RETURN(*request.mutable_name(),
                            WorkerArgument(flags.name));
  request.set_request_id(NewRequestId());
  Client client(context.server);
  ISOSHAPE_RETURN_IF_ERROR(client.Call(&Stub::DeleteWorker, request).status());
  if (context.json()) {
    std::cout << nlohmann::ordered_json{{"deleted", request.name()}}.dump(2)
              << '\n';
  } else {
    std::cout << ShortName(request.name()) << " is forgotten\n";
  }
  return absl::OkStatus();
}

CLI::App* AddVerb(CLI::App& group, CommandContext& context, WorkerFlags& flags,
                  const std::string& name, const std::string& description) {
  CLI::App* command =
      AddCommand(group, name, description,
                 absl::StrCat("isoshape worker ", name, " w1\nisoshape worker ",
                              name, " w1 --output=json"));
  command->add_option("worker", flags.name, "Worker, such as w1")->required();
  AddServerFlags(*command, context);
  return command;
}

}  // namespace

void RegisterWorkerVerbs(CLI::App& group, CommandContext& context) {
  const auto flags = std::make_shared<WorkerFlags>();

  CLI::App* list =
      AddCommand(group, "list", "List the workers that are connected",
                 "isoshape worker list\nisoshape worker list --all");
  list->add_flag("--all", flags->all, "Also those that are offline");
  AddServerFlags(*list, context);
  list->callback([flags, &context] {
    context.action = [flags, &context] { return List(context, *flags); };
  });

  AddVerb(group, context, *flags, "get", "Show one worker")
      ->callback([flags, &context] {
        context.action = [flags, &context] {
          return OnWorker(context, flags->name, &Stub::GetWorker);
        };
      });
  AddVerb(group, context, *flags, "drain",
          "Give a worker no more trials; it ends those it trains, and exits; "
          "started again, it takes trials")
      ->callback([flags, &context] {
        context.action = [flags, &context] {
          return OnWorker(context, flags->name, &Stub::DrainWorker);
        };
      });

  CLI::App* readmit = AddVerb(group, context, *flags, "readmit",
                              "Give a worker that was set aside trials again");
  readmit->add_option("--campaign", flags->campaign,
                      "Of this campaign alone (default: of all)");
  readmit->callback([flags, &context] {
    context.action = [flags, &context]() -> absl::Status {
      v1::ReadmitWorkerRequest request;
      if (!flags->campaign.empty()) {
        ISOSHAPE_ASSIGN_OR_RETURN(*request.mutable_campaign(),
                                  CampaignArgument(flags->campaign));
      }
      return OnWorker(context, flags->name, &Stub::ReadmitWorker, request);
    };
  });

  AddVerb(group, context, *flags, "delete", "Forget a worker that is gone")
      ->callback([flags, &context] {
        context.action = [flags, &context] { return Delete(context, *flags); };
      });
}

}  // namespace isoshape
