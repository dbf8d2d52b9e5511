#include "cli/flags/campaign_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/console/command.h"
#include "cli/flags/campaign_shorthand.h"
#include "tests/error_of.h"

namespace isoshape {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// The error of a file that must not be read: one line, wrong use.
std::string FileError(const std::string& text) {
  SCOPED_TRACE(text);
  const absl::Status status = ParseCampaignFile("c.yaml", text).status();
  EXPECT_TRUE(IsUsageError(status)) << status;
  return ErrorOf(status, status.code());
}

TEST(CampaignFileTest, ReadsYaml) {
  const absl::StatusOr<CampaignFile> file = ParseCampaignFile("c.yaml", R"(
id: wide-1
display_name: "7"   # text, for it is in quotes
budgets: [2.5e11, 750000000000]
seeds: 2
space:
  base: {head_dim: 32, norm: layer, tied_embedding: true}
  max_parameters: 2e6
algorithm:
  sobol:
    trials_per_budget: 8
)");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->id, "wide-1");
  EXPECT_EQ(file->campaign.display_name(), "7");
  EXPECT_THAT(file->campaign.budgets(), ElementsAre(2.5e11, 7.5e11));
  EXPECT_EQ(file->campaign.seeds(), 2);
  EXPECT_EQ(file->campaign.space().base().head_dim(), 32);
  EXPECT_EQ(file->campaign.space().base().norm(), v1::NORM_LAYER);
  EXPECT_TRUE(file->campaign.space().base().tied_embedding());
  EXPECT_EQ(file->campaign.space().max_parameters(), 2000000);
  EXPECT_EQ(file->campaign.algorithm().sobol().trials_per_budget(), 8);
}

TEST(CampaignFileTest, ReadsJsonWithTabs) {
  const absl::StatusOr<CampaignFile> file = ParseCampaignFile(
      "c.json", "{\n\t\"budgets\": [1e11],\n\t\"seeds\": 3\n}\n");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_THAT(file->campaign.budgets(), ElementsAre(1e11));
  EXPECT_EQ(file->campaign.seeds(), 3);
}

TEST(CampaignFileTest, AnUnknownFieldIsFoundByLineAndColumn) {
  const std::string error = FileError(
      "budgets: [1e11]\n"
      "recipe:\n"
      "  learning_rat: 0.01\n");
  EXPECT_THAT(error, StartsWith("c.yaml:3:3: field recipe.learning_rat: "));
  EXPECT_THAT(error, HasSubstr("learning_rate"));
}

TEST(CampaignFileTest, AWrongTypeIsFoundAtItsValue) {
  EXPECT_THAT(FileError("budgets: [1e11]\n"
                        "space:\n"
                        "  base:\n"
                        "    head_dim: many\n"),
              StartsWith("c.yaml:4:15: field space.base.head_dim: \"many\""));
}

TEST(CampaignFileTest, AnEntryOfAListIsFoundAtItsPlace) {
  EXPECT_THAT(FileError("budgets:\n  - 1e11\n  - lots\n"),
              StartsWith("c.yaml:3:5: field budgets.1: \"lots\""));
}

TEST(CampaignFileTest, AnUnknownNameListsTheOnesThereAre) {
  const std::string error = FileError("recipe: {schedule: random}\n");
  EXPECT_THAT(error, StartsWith("c.yaml:1:20: field recipe.schedule: "));
  EXPECT_THAT(error, HasSubstr("wsd, cosine"));
}

TEST(CampaignFileTest, AMistypedFieldIsAnsweredWithWhatWasMeant) {
  EXPECT_THAT(FileError("budgets: [1e11]\nseedz: 3\n"),
              HasSubstr("c.yaml:2:1: field seedz: there is no such field; did "
                        "you mean 'seeds'?"));
}

TEST(CampaignFileTest, WhatThePlannerChoosesCannotBeGiven) {
  EXPECT_THAT(
      FileError("budgets: [1e11]\nspace:\n  base: {depth: 4}\n"),
      HasSubstr("field space.base.depth: it is chosen for each trial; use "
                "space.min_depth and space.max_depth"));
}

TEST(CampaignFileTest, ATabIsNamed) {
  EXPECT_THAT(FileError("budgets: [1e11]\n\tseeds: 3\n"),
              HasSubstr("c.yaml:2: a tab is in front of a field"));
}

TEST(CampaignFileTest, OnlyOneAlgorithmMayBeGiven) {
  const std::string error =
      FileError("algorithm:\n  grid: {sizes: 3}\n  sobol: {}\n");
  EXPECT_THAT(error, StartsWith("c.yaml:3:"));
  EXPECT_THAT(error, HasSubstr("only one of grid and sobol may be given"));
}

TEST(CampaignFileTest, AnAlgorithmWithoutOptionsIsChosen) {
  const absl::StatusOr<CampaignFile> file =
      ParseCampaignFile("c.yaml", "algorithm: {sobol: {}}\n");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_TRUE(file->campaign.algorithm().has_sobol());
}

TEST(CampaignFileTest, NumbersInQuotesAreText) {
  EXPECT_EQ(FileError("budgets: [1e11]\nseeds: 0\n"),
            "c.yaml:2:8: field seeds: 0 trains nothing; give 1 to 100");
  EXPECT_THAT(FileError("seeds: \"3\"\n"),
              StartsWith("c.yaml:1:8: field seeds: \"3\""));
}

TEST(CampaignFileTest, MalformedTextSaysWhere) {
  EXPECT_THAT(FileError("budgets: [1e11\nseeds: 2\n"), StartsWith("c.yaml:2:"));
  EXPECT_THAT(FileError("{\"seeds\": 2,\n \"budgets\": [1e11\n"),
              StartsWith("c.yaml:"));
}

TEST(CampaignFileTest, AFieldGivenTwiceIsRefused) {
  EXPECT_THAT(FileError("seeds: 1\nseeds: 2\n"),
              StartsWith("c.yaml:2:1: field seeds is given twice"));
}

TEST(CampaignFileTest, AFileWithoutFieldsIsRefused) {
  EXPECT_THAT(FileError(""), HasSubstr("docs/campaign-file.md"));
  EXPECT_THAT(FileError("- 1\n- 2\n"), StartsWith("c.yaml:1:1: "));
}

TEST(CampaignFileTest, AnIdThatIsNoneIsRefused) {
  EXPECT_THAT(FileError("seeds: 1\nid: a/b\n"), StartsWith("c.yaml:2:5: "));
}

TEST(CampaignFileTest, AliasesCannotBlowUp) {
  std::string text = "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string below = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + below;
    for (int k = 1; k < 10; ++k) text += "," + below;
    text += "]\n";
  }
  EXPECT_THAT(FileError(text), HasSubstr("too large"));
}

TEST(CampaignFileTest, TheExampleIsValid) {
  const absl::StatusOr<CampaignFile> file =
      ReadCampaignFile(ISOSHAPE_EXAMPLES "/campaign.yaml");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->id, "example");
  EXPECT_THAT(file->campaign.budgets(), ElementsAre(2.5e11, 7.5e11, 2.25e12));
}

TEST(CampaignFileTest, AFileThatIsNotThereIsNamed) {
  const absl::Status status = ReadCampaignFile("no/such.yaml").status();
  EXPECT_TRUE(IsUsageError(status));
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("no/such.yaml: No such file or directory"));
  EXPECT_THAT(
      std::string(ReadCampaignFile(testing::TempDir()).status().message()),
      HasSubstr("Is a directory"));
}

TEST(CampaignFileTest, ReadsListedShapesAndVariantsInShort) {
  const absl::StatusOr<CampaignFile> file = ParseCampaignFile("c.yaml", R"(
budgets: [1e11]
shapes: [4x128, {depth: 16, width: 64, ffn_width: 200}]
equal: [flops, params]
variants:
  sp: {recipe: {parameterization: standard}}
  no-residual: {shape: {residual: false}}
  a-late-one: {dataset: code}
)");
  ASSERT_TRUE(file.ok()) << file.status();
  const v1::ListedAlgorithm& listed = file->campaign.algorithm().listed();
  ASSERT_EQ(listed.shapes_size(), 2);
  EXPECT_EQ(listed.shapes(0).depth(), 4);
  EXPECT_EQ(listed.shapes(0).width(), 128);
  EXPECT_EQ(listed.shapes(1).ffn_width(), 200);
  EXPECT_THAT(listed.equal(), ElementsAre(v1::ListedAlgorithm::FLOPS,
                                          v1::ListedAlgorithm::PARAMS));
  const auto& variants = file->campaign.variants();
  ASSERT_EQ(variants.size(), 3);  // in the order of the file
  EXPECT_EQ(variants[0].name(), "sp");
  EXPECT_EQ(variants[0].recipe().parameterization(), v1::Recipe::STANDARD);
  EXPECT_EQ(variants[1].name(), "no-residual");
  EXPECT_EQ(variants[1].shape().residual(), v1::RESIDUAL_NONE);
  EXPECT_EQ(variants[2].dataset(), "code");
}

TEST(CampaignFileTest, ErrorsInWhatIsShortAreFoundByLineAndColumn) {
  EXPECT_THAT(FileError("budgets: [1e11]\nshapes: [4x128, 4by9]\n"),
              AllOf(StartsWith("c.yaml:2:17: field shapes.1"),
                    HasSubstr("'4by9' is not a shape")));
  EXPECT_THAT(FileError("budgets: [1e11]\n"
                        "variants:\n"
                        "  sp: {recipe: {parametrization: standard}}\n"),
              AllOf(StartsWith("c.yaml:3:17: "),
                    HasSubstr("there is no such field; did you mean "
                              "'parameterization'?")));
  EXPECT_THAT(FileError("variants: {sp: 3}\n"),
              AllOf(StartsWith("c.yaml:1:16: field variants.sp"),
                    HasSubstr("3 is not a variant")));
  EXPECT_THAT(FileError("shapes: [4x128]\n"
                        "algorithm: {listed: {shapes: [2x64]}}\n"),
              AllOf(StartsWith("c.yaml:1:9: field shapes"),
                    HasSubstr("leave one of them out")));
  EXPECT_THAT(FileError("shapes: [4x128]\nalgorithm: {grid: {sizes: 4}}\n"),
              HasSubstr("only one of"));
}

TEST(CampaignFileTest, AVariantOfAFlagHasTheSameWords) {
  const auto variant = ParseVariant(
      "no-warmup:recipe.warmup_fraction=0,shape.residual=false,dataset=2025");
  ASSERT_TRUE(variant.ok()) << variant.status();
  EXPECT_EQ(variant->name(), "no-warmup");
  EXPECT_TRUE(variant->recipe().has_warmup_fraction());
  EXPECT_EQ(variant->recipe().warmup_fraction(), 0);
  EXPECT_EQ(variant->shape().residual(), v1::RESIDUAL_NONE);
  EXPECT_EQ(variant->dataset(), "2025");
  for (const auto& [text, expected] :
       {std::pair{"sp", "is not recipe.FIELD=VALUE"},
        std::pair{"sp:recipe.beta=1", "did you mean"},
        std::pair{"sp:beta1=1", "is not recipe.FIELD=VALUE"},
        std::pair{"sp:recipe.beta1=", "is not recipe.FIELD=VALUE"},
        std::pair{"sp:recipe.beta1=x", "\"x\" is not a number"}}) {
    const absl::Status status = ParseVariant(text).status();
    EXPECT_TRUE(IsUsageError(status)) << text;
    EXPECT_THAT(status.message(), HasSubstr(expected)) << text;
  }
}

}  // namespace
}  // namespace isoshape
