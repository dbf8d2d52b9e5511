#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands/commands.h"
#include "cli/console/client.h"
#include "cli/console/command.h"
#include "cli/flags/analysis_flags.h"
#include "cli/flags/flag_kinds.h"
#include "cli/output/comparison_output.h"
#include "cli/output/law_output.h"
#include "common/console/one_of.h"
#include "common/status/status_macros.h"
#include "isoshape/v1/analysis_service.pb.h"

namespace isoshape {
namespace {

struct CompareFlags {
  CampaignFlags campaign;
  std::string by = "variant";
  std::vector<std::string> variants;
  v1::CompareVariantsRequest request;
};

absl::Status Compare(const CommandContext& context, const CompareFlags& flags) {
  v1::CompareVariantsRequest request = flags.request;
  request.mutable_variants()->Assign(flags.variants.begin(),
                                     flags.variants.end());
  ISOSHAPE_ASSIGN_OR_RETURN(
      const v1::CompareVariantsResponse response,
      AskCampaign(context, flags.campaign, request,
                  &Client::AnalysisStub::CompareVariants));
  if (context.json()) {
    PrintJson(response);
    return absl::OkStatus();
  }
  PrintComparisons(response, std::cout);
  PrintWarnings(response.warnings(), response.basis(), std::cout);
  return absl::OkStatus();
}

}  // namespace

void RegisterCompare(CLI::App& app, CommandContext& context) {
  CLI::App* command = AddCommand(
      app, "compare",
      "The variants of a campaign side by side, by pairs of trials that differ "
      "in nothing else",
      "isoshape compare c1 --by variant\n"
      "isoshape compare c1 --reference sp --variant no-residual\n"
      "isoshape compare c1 --budget 1e11 --output=json");
  // Lives as long as the callbacks that hold it.
  const auto flags = std::make_shared<CompareFlags>();
  AddCampaignFlags(*command, context, flags->campaign)->required();
  command
      ->add_option("--by", flags->by,
                   "What the trials of a pair differ in (default variant)")
      ->check(OneOf({"variant"}));
  using Request = v1::CompareVariantsRequest;
  command->add_option_function<std::string>(
      "--reference",
      [flags](const std::string& name) { flags->request.set_reference(name); },
      "Variant that the others are compared with (default base)");
  command
      ->add_option("--variant", flags->variants,
                   "Only this variant (default all); several with commas")
      ->delimiter(',')
      ->allow_extra_args(false);
  AddField(*command, "--budget", &Request::set_budget_flops, flags->request,
           "Only this budget, FLOPs")
      ->transform(PositiveNumber());
  AddField(*command, "--level", &Request::set_level, flags->request,
           "Level of the intervals (default 0.95)")
      ->transform(Level());
  command->callback([flags, &context] {
    context.action = [flags, &context] { return Compare(context, *flags); };
  });
}

}  // namespace isoshape
