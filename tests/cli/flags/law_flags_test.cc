#include "cli/flags/law_flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "messages/analysis/law_proto.h"

namespace isoshape {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

LawFlags AllThatBothKnow() {
  LawFlags flags;
  flags.huber_delta = 0.02;
  flags.loss = "lad";
  flags.fixed_e = 1.5;
  flags.prior = "weak";
  flags.tie_exponents = true;
  flags.bootstrap = 50;
  flags.seed = 3;
  flags.level = 0.8;
  flags.rule = "akima";
  flags.max_budget = 1e12;
  return flags;
}

TEST(LawFlagsTest, AFileIsFittedAsACampaignIs) {
  const LawFlags flags = AllThatBothKnow();
  const auto file = ToLawOptions(flags, Law::kShape, 10);
  const auto campaign = ToLawOptions(ToFitLawRequest(flags, Law::kShape));
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_TRUE(campaign.ok()) << campaign.status();
  for (const LawOptions& options : {*file, *campaign}) {
    EXPECT_EQ(options.law, Law::kShape);
    EXPECT_EQ(options.loss.huber_delta, 0.02);
    EXPECT_TRUE(options.loss.least_absolute);
    EXPECT_EQ(options.fixed_e, 1.5);
    EXPECT_TRUE(options.weak_prior);
    EXPECT_TRUE(options.tie_exponents);
    EXPECT_EQ(options.resamples, 50);
    EXPECT_EQ(options.seed, 3U);
    EXPECT_EQ(options.level, 0.8);
    EXPECT_EQ(options.rule, OptimumMethod::kAkima);
    EXPECT_EQ(options.max_budget, 1e12);
  }
}

TEST(LawFlagsTest, GammaIsAskedOfBoth) {
  LawFlags flags;
  flags.free_gamma = true;
  EXPECT_TRUE(ToLawOptions(flags, Law::kParametric, 10)->free_gamma);
  EXPECT_TRUE(ToFitLawRequest(flags, Law::kParametric).free_gamma());
}

TEST(LawFlagsTest, AFileHasItsOwnNumbersOfResamples) {
  LawFlags flags;
  EXPECT_EQ(ToLawOptions(flags, Law::kParametric, 10)->resamples, 4000);
  flags.bootstrap = 0;
  EXPECT_EQ(ToLawOptions(flags, Law::kParametric, 10)->resamples, 0);
  flags.bootstrap = 200000;  // more than a coordinator draws
  EXPECT_EQ(ToLawOptions(flags, Law::kParametric, 10)->resamples, 200000);
  // All processors, where a coordinator's answer takes one.
  EXPECT_EQ(ToLawOptions(flags, Law::kParametric, 10)->execution.threads, 0);
}

// Of a file, or of an export of a campaign, that has both.
RunFile FileOfBoth(bool exported) {
  RunFile file;
  file.runs.params = file.runs.size = {1e6};
  file.runs.tokens = {2e7};
  file.runs.loss = {3};
  file.runs.flops = {1.5e14};
  file.exported = exported;
  return file;
}

TEST(LawFlagsTest, SizesOfAFileAreParametersUnlessItIsSaid) {
  RunFile file = FileOfBoth(false);
  EXPECT_EQ(SizedRuns({}, file)->measure, SizeMeasure::kParams);
  EXPECT_THAT(file.notes, ElementsAre(HasSubstr("N is the parameters")));
  for (const auto& [flag, measure] :
       {std::pair{"params", SizeMeasure::kParams},
        std::pair{"flops", SizeMeasure::kFlopsPerToken}}) {
    RunFile named = FileOfBoth(false);
    EXPECT_EQ(SizedRuns(flag, named)->measure, measure);
    EXPECT_THAT(named.notes, IsEmpty());
  }
}

TEST(LawFlagsTest, SizesOfAnExportAreThoseOfItsCampaign) {
  RunFile file = FileOfBoth(true);
  const auto runs = SizedRuns({}, file);
  ASSERT_TRUE(runs.ok()) << runs.status();
  EXPECT_EQ(runs->measure, SizeMeasure::kFlopsPerToken);
  EXPECT_DOUBLE_EQ(runs->size[0], 1.25e6);
  EXPECT_THAT(file.notes, ElementsAre(HasSubstr("as in the campaign")));
  RunFile named = FileOfBoth(true);
  EXPECT_EQ(SizedRuns("params", named)->measure, SizeMeasure::kParams);
}

// Where both are the same there is nothing to choose.
TEST(LawFlagsTest, EqualSizesNeedNoNote) {
  RunFile file = FileOfBoth(false);
  file.runs.flops = {6 * 1e6 * 2e7};
  EXPECT_TRUE(SizedRuns({}, file).ok());
  EXPECT_THAT(file.notes, IsEmpty());
}

}  // namespace
}  // namespace isoshape
