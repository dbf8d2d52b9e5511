#ifndef ISOSHAPE_CLI_COMMANDS_CAMPAIGNS_CREATE_FLAGS_H_
#define ISOSHAPE_CLI_COMMANDS_CAMPAIGNS_CREATE_FLAGS_H_

#include <CLI/CLI.hpp>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "isoshape/v1/campaign.pb.h"

namespace isoshape {

// A flag that says something of an algorithm, and the arms of Algorithm that
// know it, such as `grid`.
struct AlgorithmFlag {
  std::string name;
  std::vector<std::string> arms;
};

// The values of the flags of `campaign create` and `clone` say.
struct CreateFlags {
  std::string file;
  std::string like;  // clone: the campaign to copy
  std::map<std::string, std::string> labels;
  std::string id;
  std::string algorithm;
  std::vector<std::string> variants;  // as ParseVariant reads them
  bool validate_only = false;
  bool watch = false;
  // Each writes a flag that was given over the value of the file.
  std::vector<std::function<void(v1::Campaign&)>> overrides;
  // Flags of algorithms that were given, in their order.
  std::vector<AlgorithmFlag> of_algorithms;
  bool range = false;  // of budgets was given, which is a flag of optimum
};

// A flag that writes `Value` into the campaign by `write`.
template <typename Value, typename Write>
CLI::Option* AddOverride(CLI::App& command, CreateFlags& flags,
                         const std::string& name,
                         const std::string& description, const Write& write) {
  return command.add_option_function<Value>(
      name,
      [&flags, write](const Value& value) {
        flags.overrides.push_back(
            [write, value](v1::Campaign& campaign) { write(campaign, value); });
      },
      description);
}

// --variant, and what it adds to the variants of the file.
void AddVariantFlags(CLI::App& command, CreateFlags& flags);
absl::Status AddVariants(const CreateFlags& flags, v1::Campaign* campaign);

// Flags of the search algorithms.
void AddAlgorithmFlags(CLI::App& command, CreateFlags& flags);

// Chooses the algorithm; a usage error if a flag of another was given.
absl::Status ChooseAlgorithm(const CreateFlags& flags,
                             v1::Algorithm* algorithm);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_COMMANDS_CAMPAIGNS_CREATE_FLAGS_H_
