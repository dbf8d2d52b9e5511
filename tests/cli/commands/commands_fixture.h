#ifndef ISOSHAPE_TESTS_CLI_COMMANDS_COMMANDS_FIXTURE_H_
#define ISOSHAPE_TESTS_CLI_COMMANDS_COMMANDS_FIXTURE_H_

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/cli/fake_coordinator.h"
#include "tests/cli/run_program.h"

namespace isoshape {

// The built program against a coordinator whose answers are known.
class CommandsTest : public ::testing::Test {
 protected:
  CommandsTest() {
    for (int i = 1; i <= 3; ++i) {
      v1::Trial trial;
      trial.set_name("campaigns/c1/trials/" + std::to_string(i));
      trial.set_budget_flops(2.5e11);
      trial.set_parameters(36112);
      trial.set_steps(100);
      trial.mutable_shape()->set_depth(i);
      trial.mutable_shape()->set_width(32);
      trial.set_reason("size 1, of 6");
      if (i < 3) {
        trial.set_state(v1::Trial::SUCCEEDED);
        v1::ShapeCard& card = *trial.mutable_shape_card();
        card.set_validation_loss(2 - 0.1 * i);
        card.set_steps(100);
        card.set_loss_floor(1.25);
        card.set_train_loss(1.8);
        card.set_generalization_gap(0.1);
        card.set_loss_spikes(2);
        card.add_warnings("data were repeated: 2 epochs");
      } else {
        trial.set_state(v1::Trial::LEASED);
      }
      coordinator_.trials.push_back(trial);
    }
    for (int step : {10, 20, 30}) {
      v1::Measurement point;
      point.set_step(step);
      point.set_train_loss(3.5 - 0.01 * step);
      coordinator_.measurements.push_back(point);
    }
  }

  ProgramResult Run(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--server", coordinator_.address()});
    return RunIsoshape(arguments);
  }
  // A run that must succeed; its JSON.
  nlohmann::json RunJson(std::vector<std::string> arguments) {
    arguments.push_back("--output=json");
    const ProgramResult result = Run(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return nlohmann::json::parse(result.out, nullptr,
                                 /*allow_exceptions=*/false);
  }

  FakeCoordinator coordinator_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_CLI_COMMANDS_COMMANDS_FIXTURE_H_
