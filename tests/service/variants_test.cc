// A campaign with variants from its file to their comparison, by the programs
// themselves: the trainer is the real one, at toy scale.
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/service/service_fixture.h"

namespace isoshape {
namespace {

using nlohmann::json;

// Two shapes at one budget. `late` differs in its cooldown alone, which begins
// when most steps are done.
constexpr char kFile[] = R"(
id: c1
dataset: synthetic:markov,order=1
budgets: [4e8]
shapes: [1x32, 2x16]
space:
  base: {head_dim: 16, context: 32}
recipe: {tokens_per_step: 128, cooldown_fraction: 0.2}
variants:
  late: {recipe: {cooldown_fraction: 0.1}}
  no-residual: {shape: {residual: false}}
)";

class VariantsTest : public ServiceTest {
 protected:
  // What `isoshape` prints; it must end with exit code 0.
  std::string Isoshape(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), ISOSHAPE_CLI);
    arguments.insert(arguments.end(), {"--server", address_});
    auto started = Start(std::move(arguments), "isoshape");
    EXPECT_TRUE(started.ok()) << started.status();
    if (!started.ok()) return "";
    const auto out = (*started)->Exchange("", 1 << 24, kPatience);
    EXPECT_TRUE(out.ok()) << out.status() << Log("isoshape");
    return out.ok() ? *out : "";
  }
  std::vector<v1::Measurement> Curve(const v1::Trial& trial) {
    grpc::ClientContext context;
    v1::ListMeasurementsRequest request;
    request.set_parent(trial.name());
    v1::ListMeasurementsResponse response;
    const grpc::Status status =
        stub_->ListMeasurements(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return {response.measurements().begin(), response.measurements().end()};
  }
};

TEST_F(VariantsTest, AreTrainedOnTheSameSeedsAndBatchesAndCompared) {
  const std::string file = (folder_ / "campaign.yaml").string();
  std::ofstream(file) << kFile;
  StartCoordinator();
  Isoshape({"campaign", "create", "--file", file});
  auto worker =
      Start({ISOSHAPE_WORKER, "--server", address_, "--name", "a", "--data",
             "synthetic:", "--device", "cpu", "--trainer", ISOSHAPE_TRAINER,
             "--checkpoints", Checkpoints().string()},
            "a");
  ASSERT_TRUE(worker.ok()) << worker.status();
  workers_.emplace("a", *std::move(worker));
  ExpectEachSucceededOnce(WatchUntilCompleted(), 6);

  std::map<std::string, v1::Trial> of_wide;  // by variant
  for (const v1::Trial& trial : Trials()) {
    if (trial.shape().depth() == 1) of_wide[trial.variant()] = trial;
  }
  ASSERT_EQ(of_wide.size(), 3u);
  // Equal weights and batches: equal losses until the cooldown of `base`.
  const std::vector<v1::Measurement> base = Curve(of_wide["base"]);
  const std::vector<v1::Measurement> late = Curve(of_wide["late"]);
  const std::vector<v1::Measurement> bare = Curve(of_wide["no-residual"]);
  ASSERT_GT(base.size(), 1u);
  ASSERT_GT(late.size(), 1u);
  ASSERT_GT(bare.size(), 1u);
  ASSERT_LT(base[0].step(), of_wide["base"].steps() * 0.8);
  EXPECT_EQ(base[0].train_loss(), late[0].train_loss());
  EXPECT_NE(base[0].train_loss(), bare[0].train_loss());
  EXPECT_NE(of_wide["base"].shape_card().validation_loss(),
            of_wide["late"].shape_card().validation_loss());

  const json compared = json::parse(
      Isoshape({"compare", "c1", "--by", "variant", "--output", "json"}));
  ASSERT_EQ(compared["comparisons"].size(), 2u);
  const json& first = compared["comparisons"][0];
  EXPECT_EQ(first["variant"], "late");
  EXPECT_EQ(first["overall"]["pairs"], 2);
  EXPECT_TRUE(first["overall"]["difference"].contains("lower"));
  EXPECT_EQ(first["shapes"].size(), 2u);
  EXPECT_GT(first["overall"]["variant"]["step_seconds"], 0);
  const std::string table = Isoshape({"compare", "c1"});
  EXPECT_NE(table.find("no-residual"), std::string::npos) << table;
  const json best = json::parse(
      Isoshape({"best", "c1", "--variant", "late", "--output", "json"}));
  EXPECT_EQ(best["basis"]["variant"], "late");
  EXPECT_EQ(best["shapes"].size(), 2u);
}

}  // namespace
}  // namespace isoshape
