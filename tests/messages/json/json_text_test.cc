#include "messages/json/json_text.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/campaign_service.pb.h"
#include "isoshape/v1/trial.pb.h"
#include "messages/json/proto_json.h"

namespace isoshape {
namespace {

TEST(JsonTextTest, SaysWhatToJsonSays) {
  v1::Trial trial;
  trial.set_name("campaigns/c1/trials/7");
  trial.mutable_shape()->set_depth(4);
  trial.set_budget_flops(1e12);
  trial.set_state(v1::Trial::LEASED);
  trial.mutable_create_time()->set_seconds(1'000'000'000);
  trial.mutable_last_measurement()->set_train_loss(
      std::numeric_limits<double>::quiet_NaN());
  trial.mutable_shape_card()->add_warnings("a \"quoted\"\n\tline \\ <b> ü");
  trial.mutable_shape_card()->add_layer_gradient_norms(0.1);
  v1::Campaign campaign;
  campaign.mutable_trial_timeout()->set_seconds(90);
  (*campaign.mutable_labels())["b"] = "2";
  (*campaign.mutable_labels())["a"] = "1";
  campaign.add_budgets(2.5e11);
  for (const google::protobuf::Message* message :
       std::initializer_list<const google::protobuf::Message*>{&trial,
                                                               &campaign}) {
    EXPECT_EQ(nlohmann::json::parse(JsonText(*message)),
              nlohmann::json(ToJson(*message, /*defaults=*/true)));
  }
}

TEST(JsonTextTest, NumbersAreShortAndExact) {
  v1::TrialColumn column;
  for (const double value :
       {3.0, 0.1, 1e12, -2.5e-9, std::numeric_limits<double>::infinity()}) {
    column.add_numbers(value);
  }
  column.add_codes(-1);
  EXPECT_EQ(JsonText(column),
            R"({"name":"","numbers":[3,0.1,1e+12,-2.5e-09,null],)"
            R"("texts":[],"codes":[-1]})");
}

TEST(JsonTextTest, BytesThatAreNoTextAreReplacedAndScriptsCannotEnd) {
  std::string text;
  AppendJsonString("a\xff</script>\x01", &text);
  EXPECT_EQ(text, "\"a\uFFFD\\u003c/script>\\u0001\"");
}

}  // namespace
}  // namespace isoshape
