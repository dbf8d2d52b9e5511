#include "trainer/run/run_outcome.h"

#include <c10/util/Exception.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <filesystem>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "tests/temp_folder.h"
#include "tests/trainer/data/some_text.h"
#include "tests/trainer/recorder.h"
#include "tests/trainer/small_run.h"
#include "trainer/run/training_run.h"

namespace isoshape {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Outcome = RunResult::Outcome;

const c10::SourceLocation kHere{"function", "file.cc", 1};

c10::AcceleratorError AcceleratorError(int code, const std::string& what) {
  return {kHere, code, what};
}

template <typename Error>
RunResult ResultOf(const Error& error) {
  try {
    // LibTorch's errors hold strings, whose copy may throw.
    // NOLINTNEXTLINE(bugprone-exception-copy-constructor-throws)
    throw error;
  } catch (...) {
    return ResultOfException();
  }
}

TEST(RunOutcomeTest, WantOfMemoryIsToldFromOtherErrorsWhoeverSaysSo) {
  EXPECT_EQ(ResultOf(std::bad_alloc()).outcome, Outcome::kOutOfMemory);
  EXPECT_EQ(ResultOf(c10::OutOfMemoryError(kHere, "no room")).outcome,
            Outcome::kOutOfMemory);
  constexpr char kCublas[] =
      "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling "
      "`cublasCreate(handle)`";
  for (const char* what :
       {"DefaultCPUAllocator: can't allocate memory: you tried 8 bytes",
        "CUDA error: out of memory", "CUDA error: cudaErrorMemoryAllocation",
        kCublas, "cuDNN error: CUDNN_STATUS_ALLOC_FAILED"}) {
    EXPECT_EQ(ResultOf(c10::Error(kHere, what)).outcome, Outcome::kOutOfMemory)
        << what;
  }
  EXPECT_EQ(ResultOf(AcceleratorError(2, "CUDA error: out of memory")).outcome,
            Outcome::kOutOfMemory);
}

TEST(RunOutcomeTest, AnErrorOfTheDeviceIsNotTheRunsAndSaysWhatToDo) {
  const RunResult result = ResultOf(AcceleratorError(
      700,
      "CUDA error: an illegal memory access was encountered\nCUDA kernel "
      "errors might be asynchronously reported at some other API call"));
  EXPECT_EQ(result.outcome, Outcome::kDeviceLost);
  EXPECT_THAT(result.error,
              AllOf(HasSubstr("an illegal memory access was encountered"),
                    HasSubstr("another must be started"),
                    HasSubstr("nvidia-smi"), Not(HasSubstr("\n"))));
  for (const char* what :
       {"CUDA error: unspecified launch failure",
        "CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasSgemm`",
        "cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"}) {
    EXPECT_EQ(ResultOf(c10::Error(kHere, what)).outcome, Outcome::kDeviceLost)
        << what;
  }
}

TEST(RunOutcomeTest, AFailureSaysWhoseFaultItIs) {
  const auto expect = [](const RunResult& result, bool worker_fault) {
    EXPECT_EQ(result.outcome, Outcome::kFailed) << result.error;
    EXPECT_EQ(result.worker_fault, worker_fault) << result.error;
  };
  // What cannot be trained.
  expect(ResultOf(c10::Error(kHere, "sizes do not match")), false);
  expect(ResultOf(c10::Error(kHere, "cuDNN error: CUDNN_STATUS_NOT_SUPPORTED")),
         false);
  expect(ResultOf(std::invalid_argument("context 7 is odd")), false);
  // What is wrong with this machine.
  expect(ResultOf(std::runtime_error("no such file")), true);
  expect(ResultOf(std::filesystem::filesystem_error(
             "no room", std::make_error_code(std::errc::no_space_on_device))),
         true);
  expect(ResultOf(c10::Error(kHere,
                             "Error in dlopen: libnvrtc.so.13: cannot "
                             "open shared object file")),
         true);
  EXPECT_TRUE(
      ResultOf(AcceleratorError(719, "CUDA error: launch")).worker_fault);
  EXPECT_FALSE(ResultOf(std::bad_alloc()).worker_fault);
}

// Fails as a device does, at a step.
struct FailingDevice : Recorder {
  void OnMeasurement(const Measurement& measurement) override {
    Recorder::OnMeasurement(measurement);
    if (measurement.step == fails_at) {
      throw AcceleratorError(719, "CUDA error: unspecified launch failure");
    }
  }
  int64_t fails_at = int64_t{1} << 30;
};

TEST(RunOutcomeTest, ADeviceThatIsLostEndsAllRunsThatHaveNoResult) {
  const TempFolder folder;
  const auto data = OpenData(folder.Write("text", SomeText(60000, 1)));
  const Device device;
  std::vector<RunSpec> specs(3, SmallRun());
  std::deque<FailingDevice> observers(3);
  std::vector<Replica> replicas;
  for (size_t i = 0; i < specs.size(); ++i) {
    specs[i].run = "replica" + std::to_string(i);
    specs[i].seed = static_cast<int64_t>(i);
    replicas.push_back({specs[i], observers[i].stop, observers[i]});
  }
  observers[0].stop_at = 5;
  observers[1].fails_at = 10;
  std::vector<RunResult> results(3);
  const auto done = [&results](size_t i, const RunResult& result) {
    results[i] = result;
  };
  EXPECT_FALSE(RunReplicas(replicas, *data, device, done));
  EXPECT_EQ(results[0].outcome, Outcome::kStopped);
  EXPECT_EQ(results[1].outcome, Outcome::kDeviceLost);
  EXPECT_EQ(results[2].outcome, Outcome::kDeviceLost);

  Recorder calm;
  EXPECT_TRUE(RunReplicas({{specs[0], calm.stop, calm}}, *data, device, done));
  EXPECT_EQ(results[0].outcome, Outcome::kSucceeded);
}

}  // namespace
}  // namespace isoshape
