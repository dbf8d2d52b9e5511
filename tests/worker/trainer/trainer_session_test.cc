// A trainer without a coordinator, whose user ends it.
#include "worker/trainer/trainer_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <string>

#include "messages/campaign/campaign_recipe.h"

namespace isoshape {
namespace {

using testing::HasSubstr;

class TrainerSessionTest : public testing::Test {
 protected:
  TrainerSessionTest() { signal(SIGPIPE, SIG_IGN); }

  static WorkerOptions OptionsOf(const std::string& trainer,
                                 absl::Duration timeout) {
    WorkerOptions options;
    options.trainer = trainer;
    options.device = "cpu";
    options.trainer_timeout = timeout;
    return options;
  }
  static v1::Lease SmallLease() {
    Shape shape;
    shape.depth = 1;
    shape.width = shape.head_dim = 16;
    shape.heads = shape.kv_heads = 1;
    shape.ffn_width = 40;
    shape.vocab = 256;
    shape.context = 64;
    v1::Recipe recipe;
    recipe.set_tokens_per_step(512);
    FillRecipeDefaults(shape.context, &recipe);
    return MakeOwnLease(shape, recipe, /*steps=*/20, /*seed=*/0);
  }

  const v1::Lease lease_ = SmallLease();
};

// Each of its lines gave it another minute.
TEST_F(TrainerSessionTest, WhatGoesOnReportingIsEndedAllTheSame) {
  bool interrupted = false;
  const auto session = TrainerSession::Start(
      OptionsOf(R"(echo '{"type":"ready","protocol":1,"trainer":"deaf",)"
                R"("device":"cpu","device_name":"none",)"
                R"("memory_limit_bytes":17179869184}'; read order; )"
                R"(exec yes '{"type":"heartbeat","run":"r"}')",
                absl::Seconds(2)),
      /*all_processors=*/false, [&] { return interrupted; });
  ASSERT_TRUE(session.ok()) << session.status();
  const auto result =
      (*session)->Train({"r", lease_, ""}, "/data",
                        [&](const TrainerLine&) { interrupted = true; });
  EXPECT_EQ(result.status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(result.status().message()),
              HasSubstr("had not stopped 2s after it was told to"));
}

TEST_F(TrainerSessionTest, OneThatIsNotReadyIsNotAwaitedAfterASignal) {
  const auto session =
      TrainerSession::Start(OptionsOf("read order", absl::InfiniteDuration()),
                            /*all_processors=*/false, [] { return true; });
  EXPECT_EQ(session.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(session.status().message()),
              HasSubstr("interrupted before it was ready"));
}

}  // namespace
}  // namespace isoshape
