#include "scaling/runs/size_remedy.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "scaling/isoflop/isoflop.h"
#include "scaling/reports/report_parts.h"
#include "scaling/runs/geometry.h"
#include "tests/scaling/synthetic_runs.h"

namespace isoshape {
namespace {

constexpr SizeRemedy kAll[] = {SizeRemedy::kSmaller, SizeRemedy::kLarger,
                               SizeRemedy::kFurther, SizeRemedy::kOther,
                               SizeRemedy::kMore,    SizeRemedy::kMoreOrSeeds,
                               SizeRemedy::kNearer};

// Bounds that leave no size beyond these ends.
SizeBounds Without(bool smaller, bool larger) {
  return SizeBounds([=](const SizeTried&, bool asked_smaller) {
    const bool none = asked_smaller ? smaller : larger;
    return std::string(!none           ? ""
                       : asked_smaller ? "none smaller: lower --min-depth"
                                       : "none larger: higher --max-depth");
  });
}

TEST(SizeRemedyTest, WithoutBoundsEveryRemedyIsItsOwn) {
  for (const SizeRemedy remedy : kAll) {
    EXPECT_EQ(NoneToRun(remedy, {}), "");
    EXPECT_EQ(RemedyText(remedy, {}), RemedyText(remedy));
    EXPECT_NE(RemedyText(remedy), "");
  }
  EXPECT_EQ(RemedyText(SizeRemedy::kNone, {}), "");
}

TEST(SizeRemedyTest, BoundsReplaceTheKindsThatTheyForbid) {
  const SizeBounds none_smaller = Without(true, false);
  const SizeBounds::Scope scope(&none_smaller);
  EXPECT_EQ(RemedyText(SizeRemedy::kSmaller, {}),
            "none smaller: lower --min-depth");
  EXPECT_EQ(RemedyText(SizeRemedy::kLarger, {}), "run larger sizes");
  EXPECT_EQ(RemedyText(SizeRemedy::kFurther, {}), "run larger sizes, or seeds");
  EXPECT_EQ(RemedyText(SizeRemedy::kOther, {}), "run other sizes");
  EXPECT_EQ(RemedyText(SizeRemedy::kMoreOrSeeds, {}),
            "run more sizes or seeds");
  {
    const SizeBounds neither = Without(true, true);
    const SizeBounds::Scope inner(&neither);
    EXPECT_EQ(RemedyText(SizeRemedy::kOther, {}),
              "none smaller: lower --min-depth");
    EXPECT_EQ(RemedyText(SizeRemedy::kFurther, {}),
              "run more seeds; of sizes further from the best none smaller: "
              "lower --min-depth");
  }
  // Those of the outer scope again.
  EXPECT_EQ(RemedyText(SizeRemedy::kLarger, {}), "run larger sizes");
}

TEST(SizeRemedyTest, BoundsAreAskedAboutWhatWasTried) {
  SizeTried asked;
  bool smaller = false;
  const SizeBounds bounds([&](const SizeTried& tried, bool side) {
    asked = tried;
    smaller = side;
    return std::string("none");
  });
  const SizeBounds::Scope scope(&bounds);
  Runs runs;
  AddRun(1e12, 1e5, 3.0, runs);
  AddRun(1e14, 2e5, 2.9, runs);
  AddRun(1e14, 4e5, 2.8, runs);
  const SizesTried tried = TriedAtLargest(runs, 1.1);
  EXPECT_EQ(tried.smallest, 2e5);
  EXPECT_EQ(RemedyText(SizeRemedy::kLarger, tried), "none");
  EXPECT_EQ(asked.size, 4e5);
  EXPECT_NEAR(asked.flops, 1e14, 1e2);
  EXPECT_FALSE(smaller);
}

// Every text about sizes, of fits and of predictions, asks for what there is.
TEST(SizeRemedyTest, NoTextAsksForSizesThatThereAreNot) {
  const SizeBounds neither = Without(true, true);
  const SizeBounds::Scope scope(&neither);
  Runs falling;
  for (const double budget : {1e12, 1e13}) {
    for (const double size : {1e5, 2e5, 4e5, 8e5}) {
      AddRun(budget, size, 3 - 0.1 * std::log(size / 1e5), falling);
    }
  }
  const auto none = Resampling::CaseBootstrap(falling.rows(), {.count = 0});
  ASSERT_TRUE(none.ok());
  const auto fit = FitIsoflop(falling, *none, {});
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_EQ(fit->budgets[0].problem,
            "the least loss is at the largest size tried, 800k; none larger: "
            "higher --max-depth");
  EXPECT_EQ(fit->warnings[0],
            "budget 1e12 FLOPs is left out of the trends: the least loss is "
            "at the largest size tried, 800k; none larger: higher "
            "--max-depth");
  Runs line;
  for (const double size : {1e5, 2e5, 4e5}) {
    AddRun(6 * size * 20 * size, size, 3 - 0.1 * std::log(size / 1e5), line);
  }
  const std::string one_line = MeasureGeometry(line).one_line;
  EXPECT_NE(one_line.find("none smaller: lower --min-depth"), one_line.npos)
      << one_line;
  Runs one_size;
  for (const double budget : {1e12, 1e13, 1e14}) {
    AddRun(budget, 1e5, 3.0, one_size);
  }
  const std::string same = DesignSaysSizes(one_size);
  EXPECT_NE(same.find("none smaller: lower --min-depth"), same.npos) << same;
}

}  // namespace
}  // namespace isoshape
