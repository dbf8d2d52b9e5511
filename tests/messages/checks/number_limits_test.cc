#include "messages/checks/number_limits.h"

#include <google/protobuf/struct.pb.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "absl/memory/memory.h"
#include "isoshape/v1/trial.pb.h"

namespace isoshape {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr double kInfinite = std::numeric_limits<double>::infinity();

absl::Status Refusal(const std::string& text) {
  return absl::InvalidArgumentError(text);
}

TEST(NumberLimitsTest, WhatARunCanMeasurePasses) {
  v1::ShapeCard card;
  card.set_validation_loss(2);
  card.add_layer_gradient_norms(0);
  card.add_branches()->set_validation_loss(3.4e38);
  card.set_flops(1e36);
  card.set_tokens(kMaxWhole);
  card.set_wall_seconds(-0.0);
  card.set_generalization_gap(-0.5);
  card.set_device("cpu");
  EXPECT_EQ(CheckNumbers("shape_card", card), absl::OkStatus());
}

TEST(NumberLimitsTest, TheErrorNamesThePlaceAndTheValue) {
  v1::ShapeCard card;
  card.add_branches();
  card.add_branches()->set_validation_loss(kInfinite);
  EXPECT_EQ(CheckNumbers("shape_card", card),
            Refusal("shape_card.branches[1].validation_loss is inf, not a "
                    "finite number; leave it out or complete the trial as "
                    "DIVERGED"));
  v1::ShapeCard norms;
  norms.add_layer_gradient_norms(1);
  norms.add_layer_gradient_norms(-1e-300);
  EXPECT_EQ(CheckNumbers("shape_card", norms),
            Refusal("shape_card.layer_gradient_norms[1] -1e-300 is negative; "
                    "give 0 or more"));
  v1::Measurement point;
  point.set_train_loss(-kInfinite);
  EXPECT_EQ(CheckNumbers("measurements[3]", point),
            Refusal("measurements[3].train_loss is -inf, not a finite number; "
                    "leave it out or complete the trial as DIVERGED"));
  point.set_train_loss(1.7e308);
  EXPECT_EQ(CheckNumbers("", point),
            Refusal("train_loss 1.7e+308 is more than any run has; give 0 to "
                    "1e+40, or leave it out"));
  point.set_train_loss(1);
  point.set_tokens(INT64_MAX);
  EXPECT_EQ(CheckNumbers("", point),
            Refusal("tokens 9223372036854775807 is more than any run has; give "
                    "0 to 1000000000000000000, or leave it out"));
}

TEST(NumberLimitsTest, ADifferenceMayBeNegativeAndHasLimits) {
  v1::ShapeCard card;
  card.set_generalization_gap(-1e41);
  EXPECT_EQ(CheckNumbers("shape_card", card),
            Refusal("shape_card.generalization_gap -1e+41 is more than any run "
                    "has; give -1e+40 to 1e+40, or leave it out"));
  card.set_generalization_gap(std::nan(""));
  EXPECT_EQ(CheckNumbers("shape_card", card).code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(NumberLimitsTest, AMapIsLookedThrough) {
  google::protobuf::Struct map;
  (*map.mutable_fields())["x"].set_number_value(-1);
  EXPECT_EQ(CheckNumbers("", map),
            Refusal("fields[0].value.number_value -1 is negative; give 0 or "
                    "more"));
}

// Gives one number field, or an entry of it, `real` or `whole`; false if the
// field is none.
bool SetNumber(const FieldDescriptor& field, double real, int64_t whole,
               Message* message) {
  const auto& of = *message->GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE:
      field.is_repeated() ? of.AddDouble(message, &field, real)
                          : of.SetDouble(message, &field, real);
      return true;
    case FieldDescriptor::CPPTYPE_INT64:
      of.SetInt64(message, &field, whole);
      return true;
    case FieldDescriptor::CPPTYPE_INT32:
      if (whole != static_cast<int32_t>(whole)) return false;
      of.SetInt32(message, &field, static_cast<int32_t>(whole));
      return true;
    default:
      return false;
  }
}

TEST(NumberLimitsTest, NoNumberOfAReportIsLeftOut) {
  for (const Message* type :
       {static_cast<const Message*>(&v1::ShapeCard::default_instance()),
        static_cast<const Message*>(&v1::Measurement::default_instance()),
        static_cast<const Message*>(&v1::BranchPoint::default_instance())}) {
    int numbers = 0;
    for (int i = 0; i < type->GetDescriptor()->field_count(); ++i) {
      const FieldDescriptor& field = *type->GetDescriptor()->field(i);
      const bool is_signed = field.name() == "generalization_gap";
      const auto check = [&](double real, int64_t whole, bool good) {
        const auto message = absl::WrapUnique(type->New());
        if (!SetNumber(field, real, whole, message.get())) return;
        ++numbers;
        EXPECT_EQ(
            CheckNumbers("", *message).code(),
            good ? absl::StatusCode::kOk : absl::StatusCode::kInvalidArgument)
            << field.full_name() << " " << real << " " << whole;
      };
      check(0, 0, true);
      check(1e12, 1'000'000, true);
      check(-1, -1, is_signed);
      check(1.7e308, INT64_MAX, false);
      check(std::nan(""), INT64_MIN, false);
    }
    EXPECT_GE(numbers, 25) << type->GetTypeName();
  }
}

}  // namespace
}  // namespace isoshape
