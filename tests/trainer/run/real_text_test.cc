#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "tests/trainer/recorder.h"
#include "tests/trainer/small_run.h"
#include "trainer/run/training_run.h"

namespace isoshape {
namespace {

// tinyshakespeare (Karpathy 2015), 1.1 MB of bytes.
TEST(RealTextTest, ASmallModelLearnsShakespeareInOnePass) {
  const char* folder = std::getenv("ISOSHAPE_PUBLISHED_DATA");
  const std::string path =
      std::string(folder != nullptr ? folder : ISOSHAPE_PUBLISHED_DATA) +
      "/text/tinyshakespeare.txt";
  if (!std::filesystem::exists(path)) {
    GTEST_SKIP() << path << " is not there; set ISOSHAPE_PUBLISHED_DATA";
  }
  const auto data = OpenData(path);
  RunSpec spec;
  spec.run = "shakespeare";
  spec.shape.depth = 2;
  spec.shape.width = 64;
  spec.shape.head_dim = 16;
  spec.shape.ffn_width = 168;
  spec.shape.vocab = 256;
  spec.shape.context = 64;
  spec.data_path = path;
  spec.tokens_per_step = 1024;
  spec.steps = data->facts().train_tokens / spec.tokens_per_step;
  spec.report_seconds = 3600;
  Recorder recorder;
  const RunResult result =
      RunTraining(spec, *data, Device(), recorder.stop, recorder);
  ASSERT_EQ(result.outcome, RunResult::Outcome::kSucceeded) << result.error;
  EXPECT_LE(result.card->epochs, 1);
  EXPECT_LT(result.card->validation_loss, 2.0);
  // More than the byte before tells; and not by looking ahead.
  EXPECT_LT(result.card->validation_loss, result.card->bigram_entropy);
  EXPECT_GT(result.card->validation_loss, 1.2);
}

}  // namespace
}  // namespace isoshape
