#ifndef ISOSHAPE_TESTS_TRAINER_PROGRAM_FIXTURE_H_
#define ISOSHAPE_TESTS_TRAINER_PROGRAM_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/temp_folder.h"
#include "tests/trainer/data/some_text.h"
#include "tests/trainer/trainer_process.h"

namespace isoshape {

// isoshape-trainer on one thread of a CPU, and the line that asks for a run.
class ProgramTest : public testing::Test {
 protected:
  ProgramTest() : text_(folder_.Write("text", SomeText(100000, 1))) {}

  nlohmann::json Run(const std::string& name, int64_t steps) const {
    return {{"type", "run"},
            {"run", name},
            {"shape",
             {{"depth", 1},
              {"width", 16},
              {"head_dim", 8},
              {"ffn_width", 40},
              {"vocab", 256},
              {"context", 16}}},
            {"recipe", nlohmann::json::object()},
            {"data", {{"path", text_}}},
            {"steps", steps},
            {"tokens_per_step", 64},
            {"seed", 0},
            {"report_seconds", 0.05}};
  }

  const std::vector<std::string> kCpu = {"--device", "cpu", "--threads", "1"};
  TempFolder folder_;
  const std::string text_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_TRAINER_PROGRAM_FIXTURE_H_
