#include "cli/commands/create_flags.h"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/console/command.h"
#include "cli/flags/campaign_shorthand.h"
#include "cli/flags/shape_flags.h"
#include "common/one_of.h"
#include "common/status_macros.h"

namespace isoshape {
namespace {

// The algorithm that is asked for: by name, by the file, or by its flags.
std::string AlgorithmOf(const CreateFlags& flags,
                        const v1::Algorithm& algorithm) {
  if (!flags.algorithm.empty()) return flags.algorithm;
  if (algorithm.has_grid()) return "grid";
  if (algorithm.has_sobol()) return "sobol";
  if (algorithm.has_optimum()) return "optimum";
  if (algorithm.has_listed() || flags.listed_only) return "listed";
  return flags.range ? "optimum" : "grid";
}

v1::ListedAlgorithm& ListedOf(v1::Campaign& campaign) {
  return *campaign.mutable_algorithm()->mutable_listed();
}

// A flag of the list, given with commas.
template <typename Value, typename Write>
CLI::Option* AddListedFlag(CLI::App& command, CreateFlags& flags,
                           const std::string& name,
                           const std::string& description, Write write) {
  return AddOverride<std::vector<Value>>(command, flags, name, description,
                                         write)
      ->delimiter(',')
      ->allow_extra_args(false)
      ->each([&flags](const std::string&) { flags.listed_only = true; })
      ->group("Algorithm");
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

void AddOptimumFlags(CLI::App& command, CreateFlags& flags) {
  AddOverride<std::vector<double>>(
      command, flags, "--budget-range",
      "Optimum: smallest and largest budget, instead of --budgets",
      [](v1::Campaign& campaign, const std::vector<double>& ends) {
        v1::OptimumAlgorithm& optimum =
            *campaign.mutable_algorithm()->mutable_optimum();
        optimum.set_min_budget(ends.front());
        optimum.set_max_budget(ends.back());
      })
      ->delimiter(',')
      ->expected(2)
      ->transform(PositiveNumber())
      ->each([&flags](const std::string&) { flags.range = true; })
      ->group("Algorithm");
  AddOverride<double>(
      command, flags, "--tolerance",
      "Optimum: what the answer may lose, a share of the loss (default 0.2%)",
      [](v1::Campaign& campaign, double value) {
        campaign.mutable_algorithm()->mutable_optimum()->set_tolerance(value);
      })
      ->transform(ShareOrPercent())
      ->each([&flags](const std::string&) { flags.optimum_only = true; })
      ->group("Algorithm");
  AddOverride<int32_t>(
      command, flags, "--in-flight",
      "Optimum: trials that wait or run at a time (default 4)",
      [](v1::Campaign& campaign, int32_t value) {
        campaign.mutable_algorithm()->mutable_optimum()->set_in_flight(value);
      })
      ->transform(WholeNumber(1, std::numeric_limits<int32_t>::max()))
      ->each([&flags](const std::string&) { flags.optimum_only = true; })
      ->group("Algorithm");
}

}  // namespace

void AddAlgorithmFlags(CLI::App& command, CreateFlags& flags) {
  command
      .add_option("--algorithm", flags.algorithm,
                  "What proposes trials: grid, sobol, optimum or listed "
                  "(default optimum with --budget-range, listed with --shapes, "
                  "else grid)")
      ->check(OneOf({"grid", "sobol", "optimum", "listed"}))
      ->group("Algorithm");
  const auto add_grid = [&](const char* name, const char* description,
                            void (v1::GridAlgorithm::*set)(int32_t)) {
    AddOverride<int32_t>(
        command, flags, name, description,
        [set](v1::Campaign& campaign, int32_t value) {
          (campaign.mutable_algorithm()->mutable_grid()->*set)(value);
        })
        ->transform(WholeNumber(1, std::numeric_limits<int32_t>::max()))
        ->each([&flags](const std::string&) { flags.grid_only = true; })
        ->group("Algorithm");
  };
  add_grid("--sizes", "Grid: sizes for each budget",
           &v1::GridAlgorithm::set_sizes);
  add_grid("--aspect-ratios", "Grid: aspect ratios at the best size",
           &v1::GridAlgorithm::set_aspect_ratios);
  command
      .add_flag_callback(
          "--share-trunks",
          [&flags] {
            flags.grid_only = true;
            flags.overrides.push_back([](v1::Campaign& campaign) {
              campaign.mutable_algorithm()->mutable_grid()->set_share_trunks(
                  true);
            });
          },
          "Grid: one run for a shape at several budgets, by cooldown branches")
      ->group("Algorithm");
  AddOverride<int32_t>(
      command, flags, "--trials-per-budget", "Sobol: trials for each budget",
      [](v1::Campaign& campaign, int32_t value) {
        campaign.mutable_algorithm()->mutable_sobol()->set_trials_per_budget(
            value);
      })
      ->transform(WholeNumber(1, std::numeric_limits<int32_t>::max()))
      ->each([&flags](const std::string&) { flags.sobol_only = true; })
      ->group("Algorithm");
  AddOptimumFlags(command, flags);
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
  if (chosen != "grid" && flags.grid_only) {
    return UsageError(absl::StrCat(
        "--sizes, --aspect-ratios and --share-trunks belong to the algorithm "
        "grid, not to ",
        chosen, "; leave them out or use --algorithm grid"));
  }
  if (chosen != "sobol" && flags.sobol_only) {
    return UsageError(absl::StrCat(
        "--trials-per-budget belongs to the algorithm sobol, not to ", chosen,
        "; leave it out or use --algorithm sobol"));
  }
  if (chosen != "optimum" && (flags.optimum_only || flags.range)) {
    return UsageError(absl::StrCat(
        "--budget-range, --tolerance and --in-flight belong to the algorithm "
        "optimum, not to ",
        chosen, "; leave them out or use --algorithm optimum"));
  }
  if (chosen != "listed" && flags.listed_only) {
    return UsageError(
        absl::StrCat("--shapes, --depths and --equal belong to the algorithm "
                     "listed, not to ",
                     chosen, "; leave them out or use --algorithm listed"));
  }
  if (chosen == "listed") algorithm->mutable_listed();
  if (flags.algorithm == "grid") algorithm->mutable_grid();
  if (flags.algorithm == "sobol") algorithm->mutable_sobol();
  if (chosen == "optimum") algorithm->mutable_optimum();
  return absl::OkStatus();
}

}  // namespace isoshape
