#include "messages/campaign/campaign_variants.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "messages/shape/shape_proto.h"

namespace isoshape {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Base trains text with norms tied; `bare` has no residual and its own data.
v1::Campaign TwoVariants() {
  v1::Campaign campaign;
  campaign.set_name("campaigns/c1");
  campaign.set_dataset("text");
  campaign.set_data_fingerprint("aa");
  campaign.mutable_space()->mutable_base()->set_head_dim(16);
  campaign.mutable_space()->mutable_base()->set_vocab(256);
  campaign.mutable_space()->mutable_base()->set_context(128);
  campaign.mutable_recipe()->set_learning_rate(0.005);
  campaign.mutable_recipe()->set_warmup_fraction(0.05);
  v1::Variant& bare = *campaign.add_variants();
  bare.set_name("bare");
  bare.mutable_shape()->set_residual(v1::RESIDUAL_NONE);
  bare.set_dataset("code");
  v1::Variant& sudden = *campaign.add_variants();
  sudden.set_name("sudden");
  sudden.mutable_recipe()->set_warmup_fraction(0);
  return campaign;
}

v1::Trial TrialOf(const std::string& variant) {
  v1::Shape sizes;
  sizes.set_depth(4);
  sizes.set_width(64);
  sizes.set_ffn_width(168);
  const v1::Campaign campaign = TwoVariants();
  v1::Shape shape = campaign.space().base();
  shape.MergeFrom(sizes);
  v1::Trial trial;
  trial.set_variant(variant);
  *trial.mutable_shape() =
      ShapeInVariant(campaign, ToProto(FromProto(shape)), variant);
  return trial;
}

TEST(CampaignVariants, BaseIsAlwaysThereAndFirst) {
  EXPECT_THAT(VariantNames(TwoVariants()),
              ElementsAre("base", "bare", "sudden"));
  EXPECT_EQ(*FindVariant(TwoVariants(), ""), "base");
  EXPECT_EQ(*FindVariant(v1::Campaign(), "base"), "base");
}

TEST(CampaignVariants, AnUnknownNameSaysWhichWasMeant) {
  const absl::Status status = FindVariant(TwoVariants(), "suden").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(status.message(), HasSubstr("did you mean 'sudden'?"));
  EXPECT_THAT(FindVariant(v1::Campaign(), "sp").status().message(),
              HasSubstr("it has none but base"));
}

TEST(CampaignVariants, AVariantIsTheCampaignWithItsFieldsReplaced) {
  const v1::Campaign sudden = AsVariant(TwoVariants(), "sudden");
  EXPECT_TRUE(sudden.variants().empty());
  EXPECT_TRUE(sudden.recipe().has_warmup_fraction());
  EXPECT_EQ(sudden.recipe().warmup_fraction(), 0);  // a value, not unset
  EXPECT_EQ(sudden.recipe().learning_rate(), 0.005);
  EXPECT_EQ(sudden.dataset(), "text");
  EXPECT_EQ(sudden.data_fingerprint(), "aa");
  const v1::Campaign bare = AsVariant(TwoVariants(), "bare");
  EXPECT_EQ(bare.space().base().residual(), v1::RESIDUAL_NONE);
  EXPECT_EQ(bare.recipe().warmup_fraction(), 0.05);
  EXPECT_EQ(bare.dataset(), "code");
  EXPECT_EQ(bare.data_fingerprint(), "");  // that of text says nothing of code
}

TEST(CampaignVariants, PartnersHaveOneShapeInBase) {
  const v1::Trial bare = TrialOf("bare");
  EXPECT_EQ(bare.shape().residual(), v1::RESIDUAL_NONE);
  EXPECT_EQ(ShapeInBase(TwoVariants(), bare).SerializeAsString(),
            TrialOf("base").shape().SerializeAsString());
  EXPECT_EQ(ShapeInBase(TwoVariants(), TrialOf("sudden")).SerializeAsString(),
            TrialOf("base").shape().SerializeAsString());
}

TEST(CampaignVariants, EachDatasetHasAContentOfItsOwn) {
  v1::Campaign campaign = TwoVariants();
  EXPECT_EQ(DatasetOf(campaign, TrialOf("bare")), "code");
  EXPECT_EQ(DatasetOf(campaign, TrialOf("sudden")), "text");
  SetDataFingerprint("code", "cc", &campaign);
  EXPECT_EQ(DataFingerprint(campaign, "code"), "cc");
  EXPECT_EQ(DataFingerprint(campaign, "text"), "aa");
  EXPECT_EQ(campaign.data_fingerprint(), "aa");
}

}  // namespace
}  // namespace isoshape
