// Memory of a GPU: what a run says that it took, what is left of it, and what
// happens if there is none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/trainer/cuda/cuda_trainer.h"

namespace isoshape {
namespace {

using nlohmann::json;
using testing::AnyOf;
using testing::IsEmpty;

// Equal runs differ by so much, as the last costs are measured if there is
// time.
constexpr double kMargin = 1.05;

// How many times the min the max is.
double Spread(const std::vector<double>& values) {
  const auto [min, max] = std::minmax_element(values.begin(), values.end());
  return *max / *min;
}

class MemoryTest : public testing::TestWithParam<std::string> {
 protected:
  std::vector<std::string> Flags() const {
    return {"--cuda-graphs=" + GetParam()};
  }

  StandIn stand_in_;
};

// How many allocations a run makes depends on what the process did before it:
// the run is repeated, each time with another one refused, until none is. All
// that LibTorch tries again when one fails is refused with it.
TEST_P(MemoryTest, WithoutMemoryARunEndsAndTheNextOneTrains) {
  constexpr int kTriesOfLibTorch = 4;
  CudaTrainer trainer(stand_in_, Flags());
  const json run = SmallCudaRun(stand_in_);
  stand_in::Card& card = stand_in_.card();
  int refused_runs = 0;
  for (int64_t refused = 0;; ++refused) {
    SCOPED_TRACE("allocation " + std::to_string(refused));
    const int64_t before = card.attempts;
    card.refuse_until = before + refused + kTriesOfLibTorch;
    card.refuse_from = before + refused;
    const json result = trainer.Train(run);
    EXPECT_THAT(result.at("outcome"), AnyOf("succeeded", "out_of_memory"))
        << result.dump();
    const bool reached = card.attempts > before + refused;
    card.refuse_from = card.refuse_until = 0;
    refused_runs += result.at("outcome") == "out_of_memory";
    const json next = trainer.Train(run);
    ASSERT_EQ(next.at("outcome"), "succeeded") << next.dump();
    if (!reached) break;
    ASSERT_LT(refused, 200);
  }
  EXPECT_GT(refused_runs, 3);
  EXPECT_THAT(trainer.Log().Faults(), IsEmpty());
  EXPECT_EQ(trainer.Wait(), 0);
}

TEST_P(MemoryTest, EqualRunsOfAProcessSayTheSameAndLeaveNothing) {
  CudaTrainer trainer(stand_in_, Flags());
  const json run = SmallCudaRun(stand_in_);
  std::vector<double> said, left;
  for (int i = 0; i < 6; ++i) {
    const json result = trainer.Train(run);
    ASSERT_EQ(result.at("outcome"), "succeeded") << result.dump();
    said.push_back(result.at("shape_card").at("peak_memory_bytes"));
    left.push_back(static_cast<double>(stand_in_.card().used_bytes));
  }
  left.erase(left.begin());  // with the matrices that speeds are held against
  EXPECT_LE(Spread(said), kMargin) << json(said).dump();
  EXPECT_LE(Spread(left), kMargin) << json(left).dump();
}

// Bytes of the card that a run takes in its steps, beyond the min that the
// process is left with when it begins: what it holds is given back first.
int64_t PeakOfSteps(const CudaLog& log, int64_t token_bytes) {
  const std::vector<CudaCall>& calls = log.calls();
  const auto last_step =
      std::find_if(calls.rbegin(), calls.rend(), [&](const CudaCall& call) {
        return call.what == "copy" && call.number == token_bytes;
      }).base();
  int64_t used = 0, min = 0, peak = 0;
  for (auto call = calls.begin(); call != last_step; ++call) {
    if (call->what == "allocate") used += call->number;
    if (call->what == "free") used -= call->number;
    min = std::min(min, used);
    peak = std::max(peak, used - min);
  }
  return peak;
}

// LibTorch takes memory from CUDA in large pieces; a graph has pieces of its
// own beside those of the steps before it was recorded.
TEST_P(MemoryTest, ThePeakThatARunSaysIsWhatItTakesOfTheCard) {
  CudaTrainer trainer(stand_in_, Flags());
  json run = SmallCudaRun(stand_in_);
  run["shape"].update({{"width", 256}, {"ffn_width", 704}});
  run["tokens_per_step"] = 64 * 128;
  ASSERT_EQ(trainer.Train(run).at("outcome"), "succeeded");
  const size_t before = trainer.Log().calls().size();
  const json result = trainer.Train(run);
  ASSERT_EQ(result.at("outcome"), "succeeded") << result.dump();
  const auto said =
      result.at("shape_card").at("peak_memory_bytes").get<double>();
  const auto taken =
      static_cast<double>(PeakOfSteps(trainer.Log(before), TokenBytes(run)));
  EXPECT_LE(said, taken);
  EXPECT_GE(said, taken / (GetParam() == "on" ? 1.8 : 1.2));
}

INSTANTIATE_TEST_SUITE_P(Graphs, MemoryTest, testing::Values("off", "on"),
                         [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace isoshape
