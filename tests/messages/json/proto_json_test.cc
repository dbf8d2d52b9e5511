#include "messages/json/proto_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "common/text/one_line.h"
#include "isoshape/v1/analysis_service.pb.h"
#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/trial.pb.h"
#include "isoshape/v1/worker_service.pb.h"
#include "messages/json/enum_name.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

TEST(ProtoJsonTest, WritesFriendlyNamesAndNumbers) {
  v1::Trial trial;
  trial.set_name("campaigns/c1/trials/7");
  trial.mutable_shape()->set_norm(v1::NORM_RMS);
  trial.set_tokens(3'000'000'000);
  trial.set_state(v1::Trial::SUCCEEDED);
  trial.mutable_create_time()->set_seconds(1'000'000'000);
  EXPECT_EQ(ToJson(trial).dump(),
            R"({"name":"campaigns/c1/trials/7","shape":{"norm":"rms"},)"
            R"("tokens":3000000000,"state":"succeeded",)"
            R"("create_time":"2001-09-09T01:46:40+00:00"})");
}

TEST(ProtoJsonTest, WritesUnsetFieldsOnlyWhenAsked) {
  v1::Measurement measurement;
  EXPECT_EQ(ToJson(measurement).dump(), "{}");
  const auto with_defaults = ToJson(measurement, true);
  EXPECT_EQ(with_defaults.at("step"), 0);
  // An absent optional loss is absent, not zero.
  EXPECT_FALSE(with_defaults.contains("validation_loss"));
}

TEST(ProtoJsonTest, WritesNonFiniteNumbersAsNull) {
  v1::Measurement measurement;
  measurement.set_train_loss(std::numeric_limits<double>::quiet_NaN());
  EXPECT_TRUE(ToJson(measurement).at("train_loss").is_null());
}

// `labels: {a: }` of a file is an entry that has no value.
TEST(ProtoJsonTest, AnEntryOfAMapWithoutValueIsEmpty) {
  v1::Campaign campaign;
  ASSERT_TRUE(
      FromJson(nlohmann::json::parse(R"({"labels":{"a":null}})"), &campaign)
          .ok());
  EXPECT_EQ(ToJson(campaign).dump(), R"({"labels":{"a":""}})");
}

TEST(ProtoJsonTest, RoundTripsEveryKindOfField) {
  v1::Campaign campaign;
  campaign.add_budgets(2.5e11);
  campaign.add_budgets(7.5e11);
  campaign.mutable_algorithm()->mutable_sobol();
  campaign.mutable_space()->mutable_base()->set_tied_embedding(true);
  campaign.mutable_recipe()->set_precision(v1::Recipe::BF16);
  campaign.mutable_create_time()->set_seconds(12345);
  campaign.mutable_create_time()->set_nanos(678'000'000);
  v1::Campaign read;
  ASSERT_TRUE(FromJson(ToJson(campaign), &read).ok());
  EXPECT_EQ(read.SerializeAsString(), campaign.SerializeAsString());

  v1::LeaseTrialsRequest lease;
  lease.mutable_wait()->set_seconds(2);
  lease.mutable_wait()->set_nanos(500'000'000);
  v1::LeaseTrialsRequest lease_read;
  ASSERT_TRUE(FromJson(ToJson(lease), &lease_read).ok());
  EXPECT_EQ(lease_read.SerializeAsString(), lease.SerializeAsString());
}

TEST(ProtoJsonTest, AMapIsAnObject) {
  v1::RunTable table;
  (*table.mutable_columns())["params"] = "n_params";
  (*table.mutable_columns())["loss"] = "val_loss";
  const auto text = ToJson(table).dump();
  EXPECT_EQ(text, R"({"columns":{"loss":"val_loss","params":"n_params"}})");
  v1::RunTable read;
  ASSERT_TRUE(FromJson(nlohmann::json::parse(text), &read).ok());
  EXPECT_EQ(read.columns().at("params"), "n_params");
  EXPECT_EQ(read.columns_size(), 2);
  EXPECT_FALSE(FromJson({{"columns", {"a"}}}, &read).ok());
}

TEST(ProtoJsonTest, TakesWholeNumbersWrittenAsFloats) {
  v1::Recipe recipe;
  ASSERT_TRUE(
      FromJson(nlohmann::json::parse(R"({"tokens_per_step":2e3})"), &recipe)
          .ok());
  EXPECT_EQ(recipe.tokens_per_step(), 2000);
}

struct BadCase {
  const char* text;
  const char* field;
  const char* message;
};

class ProtoJsonBadInputTest : public ::testing::TestWithParam<BadCase> {};

TEST_P(ProtoJsonBadInputTest, NamesTheFieldAndTheValue) {
  v1::Campaign campaign;
  std::string field;
  const absl::Status status = FromJson(nlohmann::json::parse(GetParam().text),
                                       &campaign, false, &field);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(field, GetParam().field);
  EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    All, ProtoJsonBadInputTest,
    ::testing::Values(
        BadCase{R"({"recipe":{"beta1":"x"}})", "recipe.beta1",
                "\"x\" is not a number"},
        BadCase{R"({"budget":1})", "budget", "there is no such field"},
        BadCase{R"({"budgets":[1,"b"]})", "budgets.1", "\"b\" is not a number"},
        BadCase{R"({"budgets":3})", "budgets", "3 is not a list"},
        BadCase{R"({"seeds":1.5})", "seeds", "1.5 is not a whole number"},
        BadCase{R"({"seeds":3000000000})", "seeds", "range"},
        BadCase{R"({"space":{"base":{"norm":"batch"}}})", "space.base.norm",
                "\"batch\" is not one of rms, layer"},
        BadCase{R"({"space":[]})", "space", "[] is not an object"},
        BadCase{R"({"display_name":7})", "display_name", "7 is not text"},
        BadCase{R"([])", "", "[] is not an object"}));

// Found by mutated campaign files: a message goes to terminals and logs.
TEST(ProtoJsonTest, WhatIsRepeatedOfTheInputIsPrintableAndShort) {
  const auto refusal = [](const nlohmann::json& json) {
    v1::Campaign campaign;
    return std::string(FromJson(json, &campaign).message());
  };
  const std::string code = refusal({{"\x1b[31mbudgets", 1}});
  EXPECT_EQ(code, Printable(code));
  EXPECT_THAT(code, HasSubstr("[31mbudgets: there is no such field"));
  EXPECT_EQ(refusal({{"seeds\x04", 1}}),
            "field seeds: there is no such field; did you mean 'seeds'?");
  EXPECT_LT(refusal({{std::string(100'000, 'x'), 1}}).size(), 1000);
  EXPECT_LT(refusal({{"seeds", std::string(100'000, 'x')}}).size(), 300);
  for (const char* const text : {"\u202e", "\xe6"}) {  // unseen; no UTF-8
    const std::string list = refusal({{"seeds", {text}}});
    EXPECT_EQ(list, Printable(list));
  }
}

TEST(ProtoJsonTest, TextIsUtf8) {
  v1::Campaign campaign;
  const absl::Status status =
      FromJson(nlohmann::json{{"display_name", "a\xe6"}}, &campaign);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("is not text in UTF-8"));
}

TEST(ProtoJsonTest, PassesOverUnknownFieldsWhenTold) {
  v1::Measurement measurement;
  ASSERT_TRUE(FromJson(nlohmann::json::parse(R"({"step":3,"new":1})"),
                       &measurement, true)
                  .ok());
  EXPECT_EQ(measurement.step(), 3);
}

TEST(ProtoJsonTest, NamesEnumsWithoutTheirPrefix) {
  EXPECT_EQ(EnumName(v1::FLOP_CONVENTION_6N), "6n");
  EXPECT_EQ(EnumName(v1::Trial::PENDING), "pending");
  EXPECT_EQ(EnumName(v1::DIRECTIVE_STOP), "stop");
}

}  // namespace
}  // namespace isoshape
