#include "messages/shape/shape_description.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/text/format_number.h"
#include "common/text/nearest_name.h"
#include "common/text/one_line.h"
#include "messages/shape/shape_proto.h"
#include "shape/accounting.h"
#include "shape/reference.h"

namespace isoshape {
namespace {

std::string SourceText(const ReferenceShape& reference) {
  std::string text = reference.source;
  if (reference.published_parameters > 0) {
    absl::StrAppend(&text, "; published count ",
                    FormatInteger(reference.published_parameters),
                    reference.published_exactly ? " (exact)" : " (rounded)");
  }
  for (const ExtraParameters& extra : reference.extra) {
    absl::StrAppend(&text, "; beyond the shape: ", extra.name, ", ",
                    FormatInteger(extra.count), " parameters");
  }
  if (!reference.note.empty()) absl::StrAppend(&text, "; ", reference.note);
  return text;
}

}  // namespace

v1::DescribeShapeResponse DescriptionOf(const Shape& shape,
                                        int64_t tokens_per_step,
                                        absl::Span<const double> budgets) {
  v1::DescribeShapeResponse response;
  *response.mutable_shape() = ToProto(shape);
  const ParameterCounts counts = CountParameters(shape);
  response.set_parameters(counts.total());
  response.set_non_embedding_parameters(counts.non_embedding());
  const std::pair<v1::FlopConvention, FlopConvention> conventions[] = {
      {v1::FLOP_CONVENTION_EXACT, FlopConvention::kExact},
      {v1::FLOP_CONVENTION_CHINCHILLA, FlopConvention::kChinchilla},
      {v1::FLOP_CONVENTION_KAPLAN, FlopConvention::kKaplan},
      {v1::FLOP_CONVENTION_6N, FlopConvention::kSixN},
      {v1::FLOP_CONVENTION_PALM, FlopConvention::kPalm}};
  for (const auto& [name, convention] : conventions) {
    v1::DescribeShapeResponse::Flops& flops = *response.add_flops();
    flops.set_convention(name);
    flops.set_training_flops_per_token(
        TrainingFlopsPerToken(shape, convention));
  }
  const MemoryEstimate memory = EstimateTrainingMemory(shape, tokens_per_step);
  response.set_state_memory_bytes(memory.state);
  response.set_activation_memory_bytes(memory.activations);
  for (const double budget : budgets) {
    v1::DescribeShapeResponse::Tokens& tokens = *response.add_tokens();
    tokens.set_budget_flops(budget);
    tokens.set_tokens(budget / TrainingFlopsPerToken(shape));
    tokens.set_tokens_per_parameter(tokens.tokens() /
                                    static_cast<double>(counts.total()));
  }
  return response;
}

absl::StatusOr<Shape> ShapeOfReference(const std::string& name,
                                       std::string& source) {
  const ReferenceShape* reference = FindReferenceShape(name);
  if (reference == nullptr) {
    std::vector<std::string> names;
    for (const ReferenceShape& known : ReferenceShapes()) {
      if (known.shape.has_value()) names.push_back(known.name);
    }
    return absl::NotFoundError(
        absl::StrCat("there is no reference shape ", OneLine(name, 200),
                     "; 'isoshape describe --list' shows those there are: ",
                     absl::StrJoin(names, ", "), DidYouMean(name, names)));
  }
  if (!reference->shape) {
    return absl::FailedPreconditionError(
        absl::StrCat("the shape of ", name,
                     " is unpublished; give one by its depth and width"));
  }
  source = SourceText(*reference);
  return *reference->shape;
}

}  // namespace isoshape
