#include <algorithm>
#include <cmath>
#include <iostream>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/commands/commands.h"
#include "cli/flags/shape_flags.h"
#include "cli/output/format.h"
#include "cli/output/shape_options.h"
#include "cli/output/table.h"
#include "common/status/status_macros.h"
#include "isoshape/v1/analysis_service.pb.h"
#include "messages/json/enum_name.h"
#include "messages/json/proto_json.h"
#include "messages/shape/shape_description.h"
#include "messages/shape/shape_proto.h"
#include "shape/default_step.h"
#include "shape/reference.h"
#include "shape/shape.h"

namespace isoshape {
namespace {

using nlohmann::ordered_json;

struct DescribeFlags {
  std::string reference;
  bool list = false;
  ShapeFlags shape;
  std::vector<double> budgets;
  int64_t tokens_per_step = kDefaultTokensPerStep;
};

void PrintDescription(const v1::DescribeShapeResponse& response,
                      const DescribeFlags& flags) {
  const v1::Shape& shape = response.shape();
  std::vector<std::pair<std::string, std::string>> fields = {
      {"shape", absl::StrCat("depth ", shape.depth(), ", width ", shape.width(),
                             ", heads ", shape.heads(), " of ",
                             shape.head_dim(), ", kv heads ", shape.kv_heads(),
                             ", ffn ", shape.ffn_width())},
      {"text", absl::StrCat("vocabulary ", FormatInteger(shape.vocab()),
                            ", context ", FormatInteger(shape.context()))},
      {"options", ShapeOptionsText(shape)},
      {"parameters", FormatInteger(response.parameters())},
      {"without embedding", FormatInteger(response.non_embedding_parameters())},
      {"state memory",
       absl::StrCat(
           FormatBytes(static_cast<double>(response.state_memory_bytes())),
           " (weights, gradients and AdamW moments, fp32)")},
      {"activation memory",
       absl::StrCat(
           FormatBytes(static_cast<double>(response.activation_memory_bytes())),
           " (estimate at ", FormatInteger(flags.tokens_per_step),
           " tokens a step)")}};
  if (!response.source().empty()) {
    fields.emplace_back("source", response.source());
  }
  PrintFields(fields, std::cout);
  std::cout << '\n';
  Table flops({{"CONVENTION"}, {"TRAINING FLOPS/TOKEN", Table::kRight}});
  for (const auto& entry : response.flops()) {
    flops.AddRow({EnumName(entry.convention()),
                  FormatFlops(entry.training_flops_per_token())});
  }
  flops.Print(std::cout);
  if (response.tokens().empty()) return;
  std::cout << '\n';
  Table tokens({{"BUDGET", Table::kRight},
                {"TOKENS", Table::kRight},
                {"TOKENS/PARAMETER", Table::kRight}});
  for (const auto& entry : response.tokens()) {
    tokens.AddRow({FormatFlops(entry.budget_flops()),
                   FormatCount(entry.tokens()),
                   FormatRatio(entry.tokens_per_parameter())});
  }
  tokens.Print(std::cout);
}

void PrintList(bool json) {
  if (json) {
    ordered_json list = ordered_json::array();
    for (const ReferenceShape& reference : ReferenceShapes()) {
      ordered_json entry = {{"name", reference.name}};
      entry["shape"] = reference.shape.has_value()
                           ? ToJson(ToProto(*reference.shape), true)
                           : ordered_json(nullptr);
      entry["parameters"] = reference.parameters();
      entry["published_parameters"] = reference.published_parameters;
      entry["published_exactly"] = reference.published_exactly;
      entry["source"] = reference.source;
      entry["note"] = reference.note;
      list.push_back(std::move(entry));
    }
    std::cout << ordered_json{{"references", list}}.dump(2) << '\n';
    return;
  }
  Table table({{"NAME"},
               {"SHAPE"},
               {"PARAMETERS", Table::kRight},
               {"PUBLISHED", Table::kRight},
               {"SOURCE"}});
  for (const ReferenceShape& reference : ReferenceShapes()) {
    if (!reference.shape.has_value()) {
      table.AddRow({reference.name, "unpublished", "", "", reference.source});
      continue;
    }
    table.AddRow({reference.name, ShapeLabel(*reference.shape),
                  FormatInteger(reference.parameters()),
                  FormatInteger(reference.published_parameters),
                  reference.source});
  }
  table.Print(std::cout);
}

absl::Status RunDescribe(const CommandContext& context,
                         const DescribeFlags& flags) {
  if (flags.list) {
    PrintList(context.json());
    return absl::OkStatus();
  }
  // `4x64`, as other commands take shapes; no reference is called so.
  if (const auto size = ParseDepthAndWidth(flags.reference); size.ok()) {
    if (flags.shape.shape.depth() > 0 || flags.shape.shape.width() > 0) {
      return UsageError(absl::StrCat(flags.reference,
                                     " is the depth and width; leave out "
                                     "--depth and --width"));
    }
    DescribeFlags named = flags;
    named.reference.clear();
    named.shape.shape.set_depth(size->depth);
    named.shape.shape.set_width(size->width);
    named.shape.given = true;
    return RunDescribe(context, named);
  }
  if (!flags.reference.empty() && flags.shape.given) {
    return UsageError(absl::StrCat("the reference ", flags.reference,
                                   " fixes the shape; leave out the flags of "
                                   "a shape, or the name"));
  }
  std::string source;
  ISOSHAPE_ASSIGN_OR_RETURN(const Shape shape,
                            flags.reference.empty()
                                ? ShapeOfFlags(flags.shape)
                                : ShapeOfReference(flags.reference, source));
  v1::DescribeShapeResponse response =
      DescriptionOf(shape, flags.tokens_per_step, flags.budgets);
  response.set_source(source);
  if (context.json()) {
    PrintJson(response);
  } else {
    PrintDescription(response, flags);
  }
  return absl::OkStatus();
}

}  // namespace

void RegisterDescribe(CLI::App& app, CommandContext& context) {
  CLI::App* command = AddCommand(
      app, "describe",
      "Parameters, FLOPs, memory and tokens of a shape (no coordinator needed)",
      "isoshape describe llama-7b --budgets 1e21,1e22\n"
      "isoshape describe 4x64 --budgets 7.5e11\n"
      "isoshape describe --depth 4 --width 64 --activation gelu\n"
      "isoshape describe --list");
  // Lives as long as the callbacks that hold it.
  const auto flags = std::make_shared<DescribeFlags>();
  CLI::Option* reference =
      command->add_option("reference", flags->reference,
                          "Name of a reference shape, or DEPTHxWIDTH");
  command->add_flag("--list", flags->list, "List the reference shapes")
      ->excludes(reference);
  AddShapeFlags(*command, flags->shape);
  command
      ->add_option("--budgets", flags->budgets,
                   "Give the tokens at these training FLOPs")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->transform(PositiveNumber());
  command
      ->add_option("--tokens-per-step", flags->tokens_per_step,
                   "Tokens of one step, for the activations (default 2048)")
      ->transform(WholeNumber(1));
  AddOutputFlag(*command, context);
  command->callback([flags, &context] {
    context.action = [flags, &context] { return RunDescribe(context, *flags); };
  });
}

}  // namespace isoshape
