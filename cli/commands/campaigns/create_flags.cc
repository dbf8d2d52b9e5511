#include "cli/commands/campaigns/create_flags.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/console/command.h"
#include "cli/flags/campaign_shorthand.h"
#include "cli/flags/shape_flags.h"
#include "common/console/one_of.h"
#include "common/status/status_macros.h"
#include "messages/campaign/algorithm_arm.h"
#include "messages/json/enum_name.h"

namespace isoshape {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::vector<std::string> AlgorithmNames() {
  std::vector<std::string> names;
  for (const FieldDescriptor* arm : AlgorithmArms()) {
    names.push_back(arm->name());
  }
  return names;
}

// Those that have a number of that name.
std::vector<std::string> ArmsWith(const std::string& field) {
  std::vector<std::string> names;
  for (const FieldDescriptor* arm : AlgorithmArms()) {
    if (OptionOf(*arm, field) != nullptr) names.push_back(arm->name());
  }
  return names;
}

// Grid is what the server takes if no arm is set.
Message& MutableArm(v1::Algorithm& algorithm) {
  const FieldDescriptor* set = ArmOf(algorithm);
  if (set == nullptr) return *algorithm.mutable_grid();
  return *v1::Algorithm::GetReflection()->MutableMessage(&algorithm, set);
}

void SetNumber(Message& arm, const FieldDescriptor* field, int32_t value) {
  arm.GetReflection()->SetInt32(&arm, field, value);
}
void SetNumber(Message& arm, const FieldDescriptor* field, double value) {
  arm.GetReflection()->SetDouble(&arm, field, value);
}

bool KnownBy(const AlgorithmFlag& flag, const std::string& arm) {
  return std::find(flag.arms.begin(), flag.arms.end(), arm) != flag.arms.end();
}

// The algorithm that is asked for: by name, by the file, or by its flags.
std::string AlgorithmOf(const CreateFlags& flags,
                        const v1::Algorithm& algorithm) {
  if (!flags.algorithm.empty()) return flags.algorithm;
  const FieldDescriptor* set = ArmOf(algorithm);
  if (set != nullptr) return set->name();
  for (const AlgorithmFlag& flag : flags.of_algorithms) {
    if (flag.arms == std::vector<std::string>{"listed"}) return "listed";
  }
  return flags.range ? "optimum" : "grid";
}

// `sobol, random or gp`.
std::string Alternatives(const std::vector<std::string>& names) {
  const std::string first = absl::StrJoin(names.begin(), names.end() - 1, ", ");
  return first.empty() ? names.back()
                       : absl::StrCat(first, " or ", names.back());
}

// Notes that the flag was given, if it is.
void Note(CLI::Option* option, CreateFlags& flags, AlgorithmFlag flag) {
  option
      ->each([&flags, flag = std::move(flag)](const std::string&) {
        flags.of_algorithms.push_back(flag);
      })
      ->group("Algorithm");
}

// A flag that sets the field of that name of the arm that is chosen.
template <typename Value>
void AddNumber(CLI::App& command, CreateFlags& flags, const std::string& name,
               const std::string& field, const std::string& description,
               const CLI::Validator& validator) {
  CLI::Option* const option = AddOverride<Value>(
      command, flags, name, description,
      [field](v1::Campaign& campaign, const Value& value) {
        Message& arm = MutableArm(*campaign.mutable_algorithm());
        SetNumber(arm, arm.GetDescriptor()->FindFieldByName(field), value);
      });
  option->transform(validator);
  Note(option, flags, {name, ArmsWith(field)});
}

v1::ListedAlgorithm& ListedOf(v1::Campaign& campaign) {
  return *campaign.mutable_algorithm()->mutable_listed();
}

// A flag of the list, given with commas.
template <typename Value, typename Write>
CLI::Option* AddListedFlag(CLI::App& command, CreateFlags& flags,
                           const std::string& name,
                           const std::string& description, Write write) {
  CLI::Option* const option =
      AddOverride<std::vector<Value>>(command, flags, name, description, write);
  option->delimiter(',')->allow_extra_args(false);
  Note(option, flags, {name, {"listed"}});
  return option;
}

void AddListedFlags(CLI::App& command, CreateFlags& flags) {
  AddListedFlag<std::string>(
      command, flags, "--shapes",
      "Listed: the shapes to train, depth x width, such as 4x128,16x64",
      [](v1::Campaign& campaign, const std::vector<std::string>& shapes) {
        ListedOf(campaign).clear_shapes();
        for (const std::string& text : shapes) {
          const DepthAndWidth size = *ParseDepthAndWidth(text);
          v1::Shape& shape = *ListedOf(campaign).add_shapes();
          shape.set_depth(size.depth);
          shape.set_width(size.width);
        }
      })
      ->check([](const std::string& text) {
        const auto size = ParseDepthAndWidth(text);
        return size.ok() ? "" : std::string(size.status().message());
      });
  AddListedFlag<int64_t>(
      command, flags, "--depths",
      "Listed: also shapes of these depths that agree with the one of --shapes "
      "in what --equal says",
      [](v1::Campaign& campaign, const std::vector<int64_t>& depths) {
        ListedOf(campaign).mutable_depths()->Assign(depths.begin(),
                                                    depths.end());
      })
      ->transform(WholeNumber(1));
  AddListedFlag<std::string>(
      command, flags, "--equal",
      "Listed: what all shapes agree in within 1 %: flops (per token), params, "
      "or both",
      [](v1::Campaign& campaign, const std::vector<std::string>& quantities) {
        ListedOf(campaign).clear_equal();
        for (const std::string& name : quantities) {
          ListedOf(campaign).add_equal(name == "flops"
                                           ? v1::ListedAlgorithm::FLOPS
                                           : v1::ListedAlgorithm::PARAMS);
        }
      })
      ->check(OneOf({"flops", "params"}));
}

void AddRange(CLI::App& command, CreateFlags& flags) {
  constexpr char kName[] = "--budget-range";
  CLI::Option* const option = AddOverride<std::vector<double>>(
      command, flags, kName,
      "Optimum: smallest and largest budget, instead of --budgets",
      [](v1::Campaign& campaign, const std::vector<double>& ends) {
        v1::OptimumAlgorithm& optimum =
            *campaign.mutable_algorithm()->mutable_optimum();
        optimum.set_min_budget(ends.front());
        optimum.set_max_budget(ends.back());
      });
  option->delimiter(',')->expected(2)->transform(PositiveNumber());
  option->each([&flags](const std::string&) { flags.range = true; });
  Note(option, flags, {kName, {"optimum"}});
}

// Fields of enums, by the names that JSON has for their values.
void AddCosts(CLI::App& command, CreateFlags& flags) {
  CLI::Option* const cost = AddOverride<std::string>(
      command, flags, "--cost",
      "Optimum, gp: what a trial costs when it is weighed: flops, or seconds "
      "as "
      "measured (default flops)",
      [](v1::Campaign& campaign, const std::string& name) {
        Message& arm = MutableArm(*campaign.mutable_algorithm());
        arm.GetReflection()->SetEnumValue(
            &arm, arm.GetDescriptor()->FindFieldByName("cost"),
            name == "seconds" ? v1::SEARCH_COST_SECONDS
                              : v1::SEARCH_COST_FLOPS);
      });
  cost->check(OneOf({"flops", "seconds"}));
  Note(cost, flags, {"--cost", ArmsWith("cost")});

  std::map<std::string, v1::ShapeCost> costs;
  const google::protobuf::EnumDescriptor& type = *v1::ShapeCost_descriptor();
  for (int i = 1; i < type.value_count(); ++i) {
    costs[EnumName(*type.value(i))] =
        static_cast<v1::ShapeCost>(type.value(i)->number());
  }
  std::vector<std::string> names;
  for (const auto& [name, value] : costs) names.push_back(name);
  CLI::Option* const objectives = AddOverride<std::vector<std::string>>(
      command, flags, "--objectives",
      "Pareto: one or two costs that are weighed against the loss (default "
      "decode_seconds)",
      [costs](v1::Campaign& campaign, const std::vector<std::string>& given) {
        v1::ParetoAlgorithm& pareto =
            *campaign.mutable_algorithm()->mutable_pareto();
        pareto.clear_objectives();
        for (const std::string& name : given) {
          pareto.add_objectives(costs.at(name));
        }
      });
  objectives->delimiter(',')->allow_extra_args(false)->check(OneOf(names));
  Note(objectives, flags, {"--objectives", {"pareto"}});
}

// Limits of `pareto`; that of parameters is --max-parameters, of all shapes.
void AddParetoLimits(CLI::App& command, CreateFlags& flags) {
  CLI::Option* const memory = AddOverride<int64_t>(
      command, flags, "--max-peak-memory-bytes",
      "Pareto: shapes expected to take more memory in training add nothing",
      [](v1::Campaign& campaign, int64_t value) {
        campaign.mutable_algorithm()
            ->mutable_pareto()
            ->set_max_peak_memory_bytes(value);
      });
  memory->transform(WholeNumber(1));
  Note(memory, flags, {"--max-peak-memory-bytes", {"pareto"}});
  AddNumber<double>(command, flags, "--max-decode-seconds",
                    "max_decode_seconds",
                    "Pareto: shapes expected to take longer for a decoded "
                    "token add nothing",
                    PositiveSeconds());
}

void AddPriors(CLI::App& command, CreateFlags& flags) {
  constexpr char kName[] = "--prior";
  CLI::Option* const option = AddOverride<std::vector<std::string>>(
      command, flags, "--prior,--priors",
      "Optimum: campaigns whose results tell at first where the best shapes "
      "are, such as c1,c2; saves little if their law is the same, costs FLOPs "
      "if it is another (docs/search-optimum.md)",
      [](v1::Campaign& campaign, const std::vector<std::string>& names) {
        v1::OptimumAlgorithm& optimum =
            *campaign.mutable_algorithm()->mutable_optimum();
        optimum.clear_priors();
        for (const std::string& name : names) {
          optimum.add_priors(*CampaignArgument(name));
        }
      });
  option->delimiter(',')->allow_extra_args(false);
  option->check([](const std::string& name) {
    const auto campaign = CampaignArgument(name);
    return campaign.ok() ? "" : std::string(campaign.status().message());
  });
  Note(option, flags, {kName, {"optimum"}});
  AddNumber<double>(command, flags, "--prior-inflation", "prior_inflation",
                    "Optimum: how much less certain a result of --prior is, a "
                    "factor of its variance (default 16)",
                    PositiveNumber());
}

void AddShareTrunks(CLI::App& command, CreateFlags& flags) {
  command
      .add_flag_callback(
          "--share-trunks",
          [&flags] {
            flags.of_algorithms.push_back({"--share-trunks", {"grid"}});
            flags.overrides.push_back([](v1::Campaign& campaign) {
              campaign.mutable_algorithm()->mutable_grid()->set_share_trunks(
                  true);
            });
          },
          "Grid: one run for a shape at several budgets, by cooldown branches")
      ->group("Algorithm");
}

}  // namespace

void AddAlgorithmFlags(CLI::App& command, CreateFlags& flags) {
  command
      .add_option("--algorithm", flags.algorithm,
                  "What proposes trials, docs/search.md (default optimum with "
                  "--budget-range, listed with --shapes, else grid)")
      ->check(OneOf(AlgorithmNames()))
      ->group("Algorithm");
  const CLI::Validator count =
      WholeNumber(1, std::numeric_limits<int32_t>::max());
  const auto add_count = [&](const char* name, const char* field,
                             const char* description) {
    AddNumber<int32_t>(command, flags, name, field, description, count);
  };
  add_count("--sizes", "sizes", "Grid: sizes for each budget");
  add_count("--aspect-ratios", "aspect_ratios",
            "Grid: aspect ratios at the best size");
  AddShareTrunks(command, flags);
  add_count("--trials-per-budget", "trials_per_budget",
            "Sobol, random, gp, pareto: trials for each budget (default 16)");
  add_count("--in-flight", "in_flight",
            "Optimum, gp, pareto, asha: trials that wait or run at a time "
            "(default 4)");
  AddNumber<double>(
      command, flags, "--tolerance", "tolerance",
      "Optimum: what the answer may lose; gp, pareto: what a "
      "trial must promise to gain; a share of the loss, or of the "
      "dominated volume (default 0.2%)",
      ShareOrPercent());
  // By its own name, as --shapes lists those of `listed`.
  const auto asha = [](v1::Campaign& campaign, int32_t value) {
    campaign.mutable_algorithm()->mutable_asha()->set_shapes(value);
  };
  CLI::Option* const drawn =
      AddOverride<int32_t>(command, flags, "--drawn-shapes",
                           "Asha: shapes drawn at the smallest budget", asha);
  drawn->transform(count);
  Note(drawn, flags, {"--drawn-shapes", {"asha"}});
  AddNumber<double>(command, flags, "--eta", "eta",
                    "Asha, hyperband: of so many shapes one goes on to the "
                    "next budget (default 3)",
                    PositiveNumber());
  add_count("--rounds", "rounds",
            "Hyperband: how often all brackets are run (default 1)");
  AddRange(command, flags);
  AddCosts(command, flags);
  AddPriors(command, flags);
  AddParetoLimits(command, flags);
  AddListedFlags(command, flags);
}

void AddVariantFlags(CLI::App& command, CreateFlags& flags) {
  command
      .add_option_function<std::vector<std::string>>(
          "--variant",
          [&flags](const std::vector<std::string>& texts) {
            flags.variants = texts;
          },
          "Train every shape once more with other fields of recipe, shape or "
          "dataset: no-residual:shape.residual=none; may be given several "
          "times")
      ->type_name("NAME:FIELD=VALUE,...")
      ->allow_extra_args(false)
      ->group("Variants");
}

absl::Status AddVariants(const CreateFlags& flags, v1::Campaign* campaign) {
  for (const std::string& text : flags.variants) {
    ISOSHAPE_ASSIGN_OR_RETURN(*campaign->add_variants(), ParseVariant(text));
  }
  return absl::OkStatus();
}

absl::Status ChooseAlgorithm(const CreateFlags& flags,
                             v1::Algorithm* algorithm) {
  const std::string chosen = AlgorithmOf(flags, *algorithm);
  for (const AlgorithmFlag& flag : flags.of_algorithms) {
    if (KnownBy(flag, chosen)) continue;
    return UsageError(absl::StrCat(flag.name, " belongs to the algorithm ",
                                   Alternatives(flag.arms), ", not to ", chosen,
                                   "; leave it out or use --algorithm ",
                                   flag.arms.front()));
  }
  // Grid is what the server takes, unless another is named.
  if (chosen == "grid" && flags.algorithm.empty()) return absl::OkStatus();
  v1::Algorithm::GetReflection()->MutableMessage(
      algorithm, v1::Algorithm::descriptor()->FindFieldByName(chosen));
  return absl::OkStatus();
}

}  // namespace isoshape
