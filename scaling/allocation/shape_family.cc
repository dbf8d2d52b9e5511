#include "scaling/allocation/shape_family.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "scaling/statistics/intervals.h"
#include "shape/accounting.h"

namespace isoshape {
namespace {

constexpr int64_t kHeadDims[] = {128, 64, 32, 16};
// Biases, norms and positions move parameters by less.
constexpr double kNear = 0.02;
// Fewer tokens are none of a tokenizer but of bytes, the default.
constexpr double kMinVocab = 256;

int64_t HeadDimOf(const std::vector<double>& widths) {
  const double least = *std::min_element(widths.begin(), widths.end());
  for (const int64_t head_dim : kHeadDims) {
    const auto divides = [head_dim](double width) {
      return std::fmod(width, static_cast<double>(head_dim)) == 0;
    };
    if (least >= 2 * static_cast<double>(head_dim) &&
        std::all_of(widths.begin(), widths.end(), divides)) {
      return head_dim;
    }
  }
  return 0;
}

double ParametersWith(const SearchSpace& space, const Runs& runs, size_t row,
                      int64_t vocab) {
  Shape shape = ShapeInSpace(space, std::llround(runs.depth[row]),
                             std::llround(runs.width[row]));
  shape.vocab = vocab;
  return static_cast<double>(CountParameters(shape).total());
}

int64_t VocabOf(const Runs& runs, const SearchSpace& space) {
  std::vector<double> vocabs;
  for (size_t row = 0; row < runs.rows(); ++row) {
    const double without = ParametersWith(space, runs, row, 1);
    const double each = ParametersWith(space, runs, row, 2) - without;
    vocabs.push_back(1 + (runs.params[row] - without) / each);
  }
  const double middle = Median(std::move(vocabs));
  if (!(middle >= kMinVocab && middle < 1e7)) return 0;
  const auto vocab = static_cast<int64_t>(std::llround(middle));
  for (size_t row = 0; row < runs.rows(); ++row) {
    const double ratio =
        ParametersWith(space, runs, row, vocab) / runs.params[row];
    if (std::abs(ratio - 1) > kNear) return 0;
  }
  return vocab;
}

}  // namespace

ShapeFamily InferFamily(const Runs& runs, const SearchSpace& space) {
  ShapeFamily family;
  if (!runs.has_shapes() || runs.rows() == 0) return family;
  family.head_dim = HeadDimOf(runs.width);
  SearchSpace own = space;
  if (family.head_dim > 0) {
    own.base.head_dim = family.head_dim;
    family.head_dim_note = absl::StrFormat(
        "heads of %d, which divides all widths of the runs (--head-dim takes "
        "another)",
        family.head_dim);
  }
  if (runs.params.size() != runs.rows()) return family;
  family.vocab = VocabOf(runs, own);
  family.vocab_note =
      family.vocab > 0
          ? absl::StrFormat(
                "a vocabulary of %d, by which depths and widths of the runs "
                "make their parameters (--vocab takes another)",
                family.vocab)
          : absl::StrFormat(
                "a vocabulary of %d, as none makes the parameters "
                "of the runs of their "
                "depths and widths (--vocab takes another)",
                space.base.vocab);
  return family;
}

}  // namespace isoshape
