#include "cli/flags/law_flags.h"

#include <gtest/gtest.h>

#include "messages/law_proto.h"

namespace isoshape {
namespace {

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

TEST(LawFlagsTest, SizesOfAFileAreParametersUnlessItIsSaid) {
  EXPECT_EQ(SizeOfFile({}), SizeMeasure::kParams);
  EXPECT_EQ(SizeOfFile("params"), SizeMeasure::kParams);
  EXPECT_EQ(SizeOfFile("flops"), SizeMeasure::kFlopsPerToken);
}

}  // namespace
}  // namespace isoshape
