#include "scaling/allocation/shape_family.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "shape/accounting.h"
#include "tests/scaling/published_data.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

SearchSpace Space() {
  SearchSpace space;
  space.base = {.width = 16, .heads = 1, .kv_heads = 1, .ffn_width = 48};
  space.ffn_ratio = 8. / 3;
  space.max_depth = 512;
  space.min_width = 1;
  space.max_width = 1 << 20;
  return space;
}

TEST(ShapeFamilyTest, HeadsDivideAllWidthsAndAreTwoOrMore) {
  const auto head_dim = [](const std::vector<double>& widths) {
    Runs runs{.loss = std::vector<double>(widths.size(), 3)};
    runs.width = widths;
    runs.depth.assign(widths.size(), 4);
    return InferFamily(runs, Space()).head_dim;
  };
  EXPECT_EQ(head_dim({512, 640, 768}), 128);
  EXPECT_EQ(head_dim({128, 256}), 64);
  EXPECT_EQ(head_dim({512, 672}), 32);
  EXPECT_EQ(head_dim({48, 64}), 16);
  EXPECT_EQ(head_dim({100, 200}), 0);
}

TEST(ShapeFamilyTest, TheVocabularyMakesTheParameters) {
  Runs runs;
  SearchSpace space = Space();
  space.base.head_dim = 64;
  for (const int64_t width : {256, 512, 1024}) {
    Shape shape = ShapeInSpace(space, width / 64, width);
    shape.vocab = 50304;
    runs.params.push_back(static_cast<double>(CountParameters(shape).total()));
    runs.width.push_back(static_cast<double>(width));
    runs.depth.push_back(static_cast<double>(width) / 64);
    runs.loss.push_back(3);
  }
  EXPECT_EQ(InferFamily(runs, Space()).vocab, 50304);
  // Parameters without embeddings have no vocabulary.
  for (size_t i = 0; i < runs.rows(); ++i) {
    runs.params[i] = 12 * runs.depth[i] * runs.width[i] * runs.width[i];
  }
  const ShapeFamily none = InferFamily(runs, Space());
  EXPECT_EQ(none.vocab, 0);
  EXPECT_EQ(none.head_dim_note,
            "heads of 128, which divides all widths of the runs (--head-dim "
            "takes another)");
  EXPECT_THAT(none.vocab_note, HasSubstr("a vocabulary of 256, as none"));
  runs.width.clear();
  EXPECT_THAT(InferFamily(runs, Space()).vocab_note, IsEmpty());
}

TEST(ShapeFamilyTest, PublishedLlamasHaveTheirTokenizer) {
  READ_PUBLISHED_OR_SKIP(text, "../cases/runs/xl2048.csv");
  const auto file = ReadRuns(text, "xl2048.csv", {});
  ASSERT_TRUE(file.ok()) << file.status();
  const ShapeFamily family = InferFamily(file->runs, Space());
  EXPECT_EQ(family.head_dim, 128);
  // Theirs is 50304; their feed-forward widths are rounded otherwise than ours.
  EXPECT_NEAR(static_cast<double>(family.vocab), 50304, 1006);
}

}  // namespace
}  // namespace isoshape
