#ifndef ISOSHAPE_CLI_FLAGS_ANALYSIS_FLAGS_H_
#define ISOSHAPE_CLI_FLAGS_ANALYSIS_FLAGS_H_

#include <CLI/CLI.hpp>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/console/client.h"
#include "cli/console/command.h"
#include "common/status/status_macros.h"
#include "isoshape/v1/analysis_service.pb.h"

namespace isoshape {

// The campaign that a question is about, and how fresh the answer must be.
struct CampaignFlags {
  std::string campaign;
  std::string variant;    // empty: base
  bool imported = false;  // also of imported runs
  bool cached = false;
};

// Adds the campaign, --cached, --server and --output; `flags` and `context`
// must outlive the command. Returns the campaign, which is not required yet.
CLI::Option* AddCampaignFlags(CLI::App& command, CommandContext& context,
                              CampaignFlags& flags);
// Adds --variant, of questions about the results of one.
void AddVariantFlag(CLI::App& command, CampaignFlags& flags);
// Adds --imported, of questions whose fits may rest on imported runs as well.
void AddImportedFlag(CLI::App& command, bool& imported);
// A usage error if one of the two was given for the runs of a file.
absl::Status CheckVariantFlag(const CampaignFlags& flags, bool of_file);

// Asks the coordinator about the campaign.
template <typename Request, typename Response>
absl::StatusOr<Response> AskCampaign(
    const CommandContext& context, const CampaignFlags& flags, Request request,
    grpc::Status (Client::AnalysisStub::*method)(grpc::ClientContext*,
                                                 const Request&, Response*)) {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string campaign,
                            CampaignArgument(flags.campaign));
  if constexpr (requires { request.variant(); }) {
    request.set_variant(flags.variant);
  }
  if constexpr (requires { request.imported(); }) {
    request.set_imported(flags.imported);
  }
  Client client(context.server);
  return client.Ask(method, campaign, std::move(request), !flags.cached);
}

// A flag that writes straight into a field of a request.
template <typename Value, typename Message>
CLI::Option* AddField(CLI::App& command, const std::string& flag,
                      void (Message::*set)(Value), Message& message,
                      const std::string& description) {
  return command.add_option_function<Value>(
      flag, [&message, set](const Value& value) { (message.*set)(value); },
      description);
}

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_FLAGS_ANALYSIS_FLAGS_H_
