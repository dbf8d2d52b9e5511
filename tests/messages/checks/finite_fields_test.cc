#include "messages/checks/finite_fields.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "isoshape/v1/trial.pb.h"

namespace isoshape {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

TEST(FiniteFieldsTest, WhatIsFiniteAtAnyDepthPasses) {
  v1::ShapeCard card;
  card.set_validation_loss(2);
  card.add_layer_gradient_norms(0);
  card.add_branches()->set_validation_loss(-1e300);
  card.set_device("cpu");
  EXPECT_TRUE(CheckFinite("shape_card", card).ok());
}

TEST(FiniteFieldsTest, TheErrorNamesThePlaceAndTheValue) {
  v1::ShapeCard card;
  card.add_branches();
  card.add_branches()->set_validation_loss(kInfinite);
  EXPECT_EQ(CheckFinite("shape_card", card),
            absl::InvalidArgumentError(
                "shape_card.branches[1].validation_loss is inf, not a finite "
                "number; leave it out or complete the trial as DIVERGED"));
  v1::ShapeCard norms;
  norms.add_layer_gradient_norms(1);
  norms.add_layer_gradient_norms(std::nan(""));
  EXPECT_EQ(CheckFinite("shape_card", norms).code(),
            absl::StatusCode::kInvalidArgument);
  v1::Measurement point;
  point.set_train_loss(-kInfinite);
  EXPECT_EQ(CheckFinite("measurements[3]", point),
            absl::InvalidArgumentError(
                "measurements[3].train_loss is -inf, not a finite number; "
                "leave it out or complete the trial as DIVERGED"));
}

}  // namespace
}  // namespace isoshape
