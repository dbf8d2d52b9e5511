#include "cli/flags/flag_words.h"

#include <gtest/gtest.h>

namespace isoshape {
namespace {

class FlagWordsTest : public ::testing::Test {
 protected:
  FlagWordsTest() {
    app_.add_option("--tokens-per-step", number_);
    app_.add_option("--context", number_);
    app_.add_option("--id", text_);
    app_.add_option("--name", text_);
    app_.add_option("--budgets", text_);
    app_.add_flag("--force");
  }

  CLI::App app_;
  int number_ = 0;
  std::string text_;
};

TEST_F(FlagWordsTest, FieldsOfARequestAreNamedByTheirFlags) {
  EXPECT_EQ(InWordsOfFlags("recipe.tokens_per_step 2000 is not a multiple of "
                           "the context 128; lower tokens_per_step or "
                           "min_tokens.",
                           app_),
            "--tokens-per-step 2000 is not a multiple of the context 128; "
            "lower --tokens-per-step or min_tokens.");
  EXPECT_EQ(InWordsOfFlags("campaigns/c1 exists already; choose another "
                           "campaign_id",
                           app_),
            "campaigns/c1 exists already; choose another --id");
  EXPECT_EQ(InWordsOfFlags("display_name has 201 bytes", app_),
            "--name has 201 bytes");
  EXPECT_EQ(InWordsOfFlags("budgets[1] 1e+11 does not exceed 2.5e11", app_),
            "--budgets[1] 1e+11 does not exceed 2.5e11");
  // A file is not a field, whatever its name ends with.
  EXPECT_EQ(InWordsOfFlags("there is a file /data/results.id; choose another "
                           "campaign_id",
                           app_),
            "there is a file /data/results.id; choose another --id");
  EXPECT_EQ(InWordsOfFlags("cancel it first or set force", app_),
            "cancel it first or set --force");
  EXPECT_EQ(InWordsOfFlags("update_mask 'recipe.tokens_per_step' cannot be "
                           "changed",
                           app_),
            "--tokens-per-step cannot be changed");
  EXPECT_EQ(InWordsOfFlags("trial.shape: context 30 is odd", app_),
            "--context 30 is odd");
  EXPECT_EQ(InWordsOfFlags("trial.shape: depth 0 is none", app_),
            "trial.shape: depth 0 is none");
  // Ids of requests are the program's own affair.
  EXPECT_EQ(InWordsOfFlags("the change could not be stored (disk is full); "
                           "send it again with the same request_id",
                           app_),
            "the change could not be stored (disk is full); try again");
}

TEST_F(FlagWordsTest, WordsAndValuesStayAsTheyAre) {
  for (const char* const message :
       {"the budgets of this context take force", "dataset 'campaign_id' is 7",
        "runs of 0.5e11 FLOPs; isoshape.proto", "", "it's tokens per step"}) {
    EXPECT_EQ(InWordsOfFlags(message, app_), message);
  }
}

TEST_F(FlagWordsTest, WhatStandsInAFileKeepsItsName) {
  app_.add_option("--file", text_);
  app_.parse("--file c.yaml --context 64");
  EXPECT_EQ(
      InWordsOfFlags("recipe.tokens_per_step 7: space.base.context 64", app_),
      "recipe.tokens_per_step 7: --context 64");
  // Which the file calls otherwise, and a flag gives more easily.
  EXPECT_EQ(InWordsOfFlags("exists already; choose another campaign_id", app_),
            "exists already; choose another --id");
}

// Those of other lists have --shapes.
TEST(FlagWords, AFieldOfOneAlgorithmMayHaveAFlagOfItsOwn) {
  CLI::App app;
  std::string text;
  app.add_option("--shapes", text);
  app.add_option("--drawn-shapes", text);
  app.add_option("--budget-range", text);
  app.add_option("--eta", text);
  EXPECT_EQ(InWordsOfFlags("algorithm.asha.shapes 1 is out of range", app),
            "--drawn-shapes 1 is out of range");
  EXPECT_EQ(InWordsOfFlags("algorithm.listed.shapes is empty", app),
            "--shapes is empty");
  EXPECT_EQ(InWordsOfFlags("algorithm.optimum.max_budget 1 is below "
                           "algorithm.optimum.min_budget 2",
                           app),
            "--budget-range 1 is below --budget-range 2");
  EXPECT_EQ(InWordsOfFlags("algorithm.asha.eta 1 is out of range", app),
            "--eta 1 is out of range");
}

}  // namespace
}  // namespace isoshape
