#include "cli/flags/shape_flags.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "cli/console/command.h"
#include "common/console/one_of.h"
#include "common/text/nearest_name.h"
#include "common/text/one_line.h"
#include "messages/json/enum_name.h"
#include "messages/shape/shape_proto.h"
#include "shape/ffn_width.h"
#include "shape/presets.h"

namespace isoshape {
namespace {

// A bound beyond any shape that a prediction from a file could choose.
constexpr int64_t kMaxDepth = 512;
constexpr int64_t kMaxWidth = 16'777'216;

using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;

// A flag for a field of type enum; its first value is the default.
void AddEnum(CLI::App& command, ShapeFlags& flags, const char* name,
             const char* field_name, const char* description) {
  const FieldDescriptor* field =
      v1::Shape::descriptor()->FindFieldByName(field_name);
  const EnumDescriptor* type = field->enum_type();
  std::vector<std::string> names;
  for (int i = 1; i < type->value_count(); ++i) {
    names.push_back(EnumName(*type->value(i)));
  }
  command
      .add_option_function<std::string>(
          name,
          [&flags, field, type, names](const std::string& value) {
            const auto found = std::find(names.begin(), names.end(), value);
            const int index = static_cast<int>(found - names.begin()) + 1;
            flags.shape.GetReflection()->SetEnum(&flags.shape, field,
                                                 type->value(index));
            flags.given = true;
          },
          absl::StrCat(description, ": ", absl::StrJoin(names, ", "),
                       " (default ", names[0], ")"))
      ->check(OneOf(names))
      ->group("Shape");
}

void AddSize(CLI::App& command, ShapeFlags& flags, const char* name,
             const char* description, void (v1::Shape::*set)(int64_t)) {
  command
      .add_option_function<int64_t>(
          name,
          [&flags, set](const int64_t& value) {
            (flags.shape.*set)(value);
            flags.given = true;
          },
          description)
      ->transform(WholeNumber(1))
      ->group("Shape");
}

void AddSwitch(CLI::App& command, ShapeFlags& flags, const char* name,
               const char* description, void (v1::Shape::*set)(bool)) {
  command
      .add_flag_callback(
          name,
          [&flags, set] {
            (flags.shape.*set)(true);
            flags.given = true;
          },
          description)
      ->group("Shape");
}

// The preset's options, overridden by the flags that were given.
v1::Shape WithPreset(const ShapeFlags& flags) {
  const Preset* preset = FindPreset(flags.preset);
  if (preset == nullptr) return flags.shape;
  v1::Shape shape = OptionsToProto(preset->options);
  shape.MergeFrom(flags.shape);
  return shape;
}

double FfnRatio(const v1::Shape& shape) {
  return DefaultFfnRatio(FromProto(shape).activation);
}

}  // namespace

void AddShapeFamilyFlags(CLI::App& command, ShapeFlags& flags) {
  std::vector<std::string> presets;
  for (const Preset& preset : Presets()) presets.push_back(preset.name);
  command
      .add_option("--preset", flags.preset,
                  absl::StrCat("Options of a published family: ",
                               absl::StrJoin(presets, ", ")))
      ->check([presets](const std::string& name) {
        if (std::find(presets.begin(), presets.end(), name) != presets.end()) {
          return std::string();
        }
        return absl::StrCat("'", OneLine(name), "' is none of ",
                            absl::StrJoin(presets, ", "),
                            DidYouMean(name, presets));
      })
      ->each([&flags](const std::string&) { flags.given = true; })
      ->group("Shape");
  AddSize(command, flags, "--head-dim",
          "Size of one attention head (default 16)", &v1::Shape::set_head_dim);
  AddSize(command, flags, "--kv-heads", "Key and value heads (default heads)",
          &v1::Shape::set_kv_heads);
  AddSize(command, flags, "--vocab",
          "Vocabulary (default 256; 257 with the mask)", &v1::Shape::set_vocab);
  AddSize(command, flags, "--context", "Tokens in one sequence (default 128)",
          &v1::Shape::set_context);
  AddEnum(command, flags, "--norm", "norm", "Kind of normalisation");
  AddEnum(command, flags, "--norm-placement", "norm_placement",
          "Where norms are");
  AddEnum(command, flags, "--residual", "residual",
          "How a branch meets the residual stream");
  AddEnum(command, flags, "--positions", "positions", "Position information");
  AddEnum(command, flags, "--activation", "activation", "Feed-forward block");
  AddEnum(command, flags, "--objective", "objective",
          "What is seen and predicted");
  AddSwitch(command, flags, "--qk-norm", "Queries and keys are normalised",
            &v1::Shape::set_qk_norm);
  AddSwitch(command, flags, "--tied-embedding",
            "The unembedding is the embedding transposed",
            &v1::Shape::set_tied_embedding);
  AddSwitch(command, flags, "--bias",
            "Linear layers and layer norms have biases", &v1::Shape::set_bias);
}

void AddShapeFlags(CLI::App& command, ShapeFlags& flags) {
  AddSize(command, flags, "--depth", "Layers", &v1::Shape::set_depth);
  AddSize(command, flags, "--width", "Size of the residual stream",
          &v1::Shape::set_width);
  AddSize(command, flags, "--heads", "Query heads (default width / head-dim)",
          &v1::Shape::set_heads);
  AddSize(command, flags, "--ffn-width",
          "Hidden size of the feed-forward block (default 8/3 width for "
          "SwiGLU, else 4 width)",
          &v1::Shape::set_ffn_width);
  AddShapeFamilyFlags(command, flags);
}

absl::StatusOr<DepthAndWidth> ParseDepthAndWidth(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, 'x');
  DepthAndWidth size;
  if (parts.size() != 2 || !absl::SimpleAtoi(parts[0], &size.depth) ||
      !absl::SimpleAtoi(parts[1], &size.width) || size.depth < 1 ||
      size.width < 1) {
    return UsageError(absl::StrCat(
        "'", text, "' is not a shape; give DEPTHxWIDTH, such as 4x128"));
  }
  return size;
}

absl::StatusOr<SearchSpace> SearchSpaceOfFlags(const ShapeFlags& flags) {
  ShapeFlags smallest = flags;
  const v1::Shape shape = WithPreset(flags);
  const int64_t head_dim = shape.head_dim() == 0 ? 16 : shape.head_dim();
  const int64_t heads = std::max<int64_t>(1, shape.kv_heads());
  smallest.shape.set_depth(1);
  smallest.shape.set_width(head_dim * heads);
  absl::StatusOr<Shape> base = ShapeOfFlags(smallest);
  if (!base.ok()) return base.status();
  SearchSpace space;
  space.base = *std::move(base);
  space.kv_heads = shape.kv_heads();
  space.ffn_ratio = FfnRatio(shape);
  space.max_depth = kMaxDepth;
  space.min_width = 1;
  space.max_width = kMaxWidth;
  space.min_tokens = 1;
  return space;
}

absl::StatusOr<Shape> ShapeOfFlags(const ShapeFlags& flags) {
  v1::Shape shape = WithPreset(flags);
  if (shape.depth() == 0 || shape.width() == 0) {
    return UsageError(
        "a shape needs --depth and --width; or give the name of a reference "
        "shape ('isoshape describe --list' shows them)");
  }
  if (shape.head_dim() == 0) shape.set_head_dim(16);
  if (shape.heads() == 0 && shape.width() % shape.head_dim() != 0) {
    const int64_t below = shape.width() / shape.head_dim() * shape.head_dim();
    return UsageError(absl::StrCat(
        "--width ", shape.width(), " is not a multiple of --head-dim ",
        shape.head_dim(), "; the nearest are ",
        below > 0 ? absl::StrCat(below, " and ") : "", below + shape.head_dim(),
        " (or give --heads)"));
  }
  if (shape.vocab() == 0) {
    shape.set_vocab(shape.objective() == v1::OBJECTIVE_MASKED ? 257 : 256);
  }
  if (shape.context() == 0) shape.set_context(128);
  if (shape.ffn_width() == 0) {
    shape.set_ffn_width(FfnWidth(shape.width(), FfnRatio(shape)));
  }
  const Shape plain = FromProto(shape);
  if (const std::string problem = ShapeProblem(plain); !problem.empty()) {
    return UsageError(problem);
  }
  return plain;
}

}  // namespace isoshape
