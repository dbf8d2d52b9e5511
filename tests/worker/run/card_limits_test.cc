// A card that says too much, or the wrong thing where nothing was required,
// keeps its loss.
#include "worker/run/card_limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "messages/checks/field_limits.h"
#include "messages/checks/number_limits.h"
#include "tests/worker/run/run_fixture.h"

namespace isoshape {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

TEST(CardLimitsTest, WhatFitsStaysAsItIs) {
  v1::ShapeCard card;
  card.set_validation_loss(2);
  card.set_engine("cpu/avx2");
  card.add_warnings("data were repeated");
  const std::string before = card.SerializeAsString();
  EXPECT_EQ(LeaveOutWhatIsNotStored(v1::Trial::SUCCEEDED, &card), "");
  EXPECT_EQ(card.SerializeAsString(), before);
}

TEST(CardLimitsTest, TextsAndListsThatAreTooLongAreLeftOutByName) {
  v1::ShapeCard card;
  card.set_validation_loss(2);
  card.set_engine(std::string(5000, 'e'));
  card.set_device_name("a CPU");
  card.mutable_layer_gradient_norms()->Resize(70'000, 1);
  EXPECT_EQ(LeaveOutWhatIsNotStored(v1::Trial::SUCCEEDED, &card),
            "left out of the card: layer_gradient_norms has 70000 entries; "
            "give at most 65536; engine has 5000 bytes; give at most 1024");
  EXPECT_EQ(card.validation_loss(), 2);
  EXPECT_EQ(card.device_name(), "a CPU");
  EXPECT_EQ(card.engine(), "");
  EXPECT_TRUE(card.layer_gradient_norms().empty());
  EXPECT_THAT(card.warnings(), ElementsAre(HasSubstr("engine has 5000")));
  EXPECT_EQ(CheckFields(card), absl::OkStatus());
}

TEST(CardLimitsTest, NumbersThatNoRunHasAreLeftOutByNameAndTheLossStays) {
  v1::ShapeCard card;
  card.set_validation_loss(-1);
  card.set_step_seconds(-2);
  card.set_flops_per_second(1.7e308);
  card.set_tokens_per_second(5);
  EXPECT_EQ(LeaveOutWhatIsNotStored(v1::Trial::SUCCEEDED, &card),
            "left out of the card: flops_per_second 1.7e+308 is more than any "
            "run has; give 0 to 1e+40, or leave it out; step_seconds -2 is "
            "negative; give 0 or more");
  EXPECT_EQ(card.validation_loss(), -1);
  EXPECT_EQ(card.tokens_per_second(), 5);
  EXPECT_FALSE(card.has_step_seconds());
  EXPECT_THAT(card.warnings(), ElementsAre(HasSubstr("step_seconds -2")));
}

TEST(CardLimitsTest, TheLossOfATrialThatDidNotSucceedIsNoResult) {
  v1::ShapeCard card;
  card.set_validation_loss(1e50);
  card.set_train_loss(3);
  EXPECT_THAT(LeaveOutWhatIsNotStored(v1::Trial::DIVERGED, &card),
              HasSubstr("validation_loss 1e+50 is more than any run has"));
  EXPECT_EQ(card.validation_loss(), 0);
  EXPECT_EQ(card.train_loss(), 3);
  EXPECT_EQ(CheckNumbers("", card), absl::OkStatus());
}

TEST(CardLimitsTest, ABranchWithANumberThatNoRunHasGoesAlone) {
  v1::ShapeCard card;
  for (const double loss : {2.0, -3.0, 4.0}) {
    card.add_branches()->set_validation_loss(loss);
  }
  EXPECT_THAT(LeaveOutWhatIsNotStored(v1::Trial::SUCCEEDED, &card),
              HasSubstr("branches[1].validation_loss -3 is negative"));
  ASSERT_THAT(card.branches(), SizeIs(2));
  EXPECT_EQ(card.branches(0).validation_loss(), 2);
  EXPECT_EQ(card.branches(1).validation_loss(), 4);
}

TEST(CardLimitsTest, OfTooManyWarningsTheFirstAreKept) {
  v1::ShapeCard card;
  for (int i = 0; i < 2000; ++i) card.add_warnings(absl::StrCat("w", i));
  EXPECT_NE(LeaveOutWhatIsNotStored(v1::Trial::SUCCEEDED, &card), "");
  ASSERT_THAT(card.warnings(), SizeIs(100));
  EXPECT_EQ(card.warnings(98), "w98");
  EXPECT_THAT(card.warnings(99), HasSubstr("warnings has 2000 entries"));
  EXPECT_EQ(CheckFields(card), absl::OkStatus());
}

using CardOfARunTest = RunTest;

TEST_F(CardOfARunTest, TheLossIsStoredWithItsMeasurements) {
  trainer_.on_begin = [this](const std::vector<std::string>& runs) {
    TrainerLine line = SuccessLine(runs[0]);
    for (int i = 0; i < 2000; ++i) line.shape_card->add_warnings("again");
    trainer_.Say(MeasurementLine(runs[0], 1));
    trainer_.Say(line);
  };
  Execute();
  EXPECT_EQ(Completed(), v1::Trial::SUCCEEDED);
  EXPECT_EQ(TrialNamed().result->shape_card().validation_loss(), 2);
  EXPECT_THAT(TrialNamed().losses, SizeIs(1));
  EXPECT_THAT(coordinator_.CallsOf("Complete"), SizeIs(2));
}

}  // namespace
}  // namespace isoshape
