// A worker and the machine's GPUs: what it refuses before it leases anything,
// each in one line with the value and the remedy.
#include "worker/gpu/gpu_use.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gpu/nvml.h"
#include "tests/error_of.h"
#include "tests/temp_folder.h"

namespace isoshape {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::SizeIs;

// What CUDA shows of a machine with these GPUs (tests/gpu/fake_nvml.cc).
VisibleGpus Machine(const std::string& gpus,
                    std::optional<std::string> visible = std::nullopt) {
  setenv("FAKE_NVML", gpus.c_str(), 1);
  GpuSurvey survey = SurveyGpus(Nvml(ISOSHAPE_FAKE_NVML), "/none");
  survey.visible_devices = std::move(visible);
  return SelectGpus(survey);
}
WorkerOptions On(const std::string& device) {
  WorkerOptions options;
  options.device = device;
  return options;
}
std::string Refusal(const absl::Status& status) {
  return ErrorOf(status, absl::StatusCode::kFailedPrecondition);
}

TEST(CheckGpusTest, AMachineWithoutGpusTrainsOnItsCpuUnlessCudaIsAsked) {
  EXPECT_TRUE(CheckGpus(On("auto"), Machine("")).ok());
  EXPECT_TRUE(CheckGpus(On("cpu"), Machine("")).ok());
  EXPECT_THAT(
      Refusal(CheckGpus(On("cuda"), Machine(""))),
      AllOf(HasSubstr("no GPU is to be seen"), HasSubstr("--device cpu")));
}

TEST(CheckGpusTest, AnEmptyListMeansTheCpuUnlessCudaIsAsked) {
  EXPECT_TRUE(CheckGpus(On("auto"), Machine("GPU-a", "")).ok());
  EXPECT_THAT(Refusal(CheckGpus(On("cuda"), Machine("GPU-a", ""))),
              HasSubstr("CUDA_VISIBLE_DEVICES is '', which hides every GPU"));
}

TEST(CheckGpusTest, AGpuThatIsNamedAndNotThereIsNeverTradedForTheCpu) {
  for (const char* device : {"auto", "cuda"}) {
    EXPECT_THAT(
        Refusal(CheckGpus(On(device), Machine("GPU-a", "GPU-b"))),
        AllOf(HasSubstr("names GPU-b, which is none of the GPUs here: GPU-a"),
              HasSubstr("--device cpu")));
  }
  EXPECT_TRUE(CheckGpus(On("cpu"), Machine("GPU-a", "GPU-b")).ok());
}

TEST(CheckComputeModesTest, GpusForOneProcessTakeOneSlotEach) {
  const auto gpus = Machine("GPU-a=3 GPU-b=3").gpus;
  EXPECT_TRUE(CheckComputeModes(gpus, 2).ok());
  EXPECT_THAT(Refusal(CheckComputeModes(gpus, 4)),
              AllOf(HasSubstr("--slots 4: GPU-a (GPU) takes one process"),
                    HasSubstr("use --slots 2"),
                    HasSubstr("nvidia-smi -i GPU-a -c DEFAULT")));
  EXPECT_TRUE(CheckComputeModes(Machine("GPU-a").gpus, 4).ok());
}

TEST(CheckComputeModesTest, AProhibitedGpuIsRefusedIfASlotWouldUseIt) {
  const auto gpus = Machine("GPU-a GPU-b=2").gpus;
  EXPECT_TRUE(CheckComputeModes(gpus, 1).ok());
  EXPECT_THAT(Refusal(CheckComputeModes(gpus, 2)),
              HasSubstr("GPU-b (GPU) is in the mode that lets nobody"));
}

class LockGpusTest : public testing::Test {
 protected:
  absl::StatusOr<std::vector<GpuLock>> Lock(const std::vector<VisibleGpu>& gpus,
                                            int slots,
                                            const std::string& holder) {
    return LockGpus(gpus, slots, folder_.path(), holder);
  }

  const TempFolder folder_;
};

TEST_F(LockGpusTest, ASecondWorkerOnAGpuIsRefusedUntilTheFirstHasEnded) {
  const auto gpus = Machine("GPU-a GPU-b").gpus;
  {
    const auto first = Lock({gpus[0]}, 1, "workers/first");
    ASSERT_TRUE(first.ok()) << first.status();
    const auto second = Lock(gpus, 2, "workers/second");
    EXPECT_EQ(second.status().code(), absl::StatusCode::kAlreadyExists);
    EXPECT_THAT(std::string(second.status().message()),
                AllOf(HasSubstr("GPU-a is in use by workers/first (process "),
                      HasSubstr("CUDA_VISIBLE_DEVICES")));
    EXPECT_TRUE(Lock({gpus[1]}, 1, "workers/second").ok());
  }
  EXPECT_TRUE(Lock(gpus, 2, "workers/second").ok());
}

TEST_F(LockGpusTest, OnlyGpusOfSlotsAreTaken) {
  const auto gpus = Machine("GPU-a GPU-b").gpus;
  const auto one = Lock(gpus, 1, "workers/first");
  ASSERT_TRUE(one.ok());
  EXPECT_THAT(*one, SizeIs(1));
  EXPECT_TRUE(Lock({gpus[1]}, 1, "workers/second").ok());
}

TEST_F(LockGpusTest, AGpuWithoutAUuidOrAPlaceForTheFileIsUsedUnlocked) {
  const auto unknown = Lock({{.selector = "0", .uuid = "", .name = ""}}, 1, "");
  ASSERT_TRUE(unknown.ok());
  EXPECT_THAT(*unknown, SizeIs(0));
  const auto nowhere =
      LockGpus(Machine("GPU-a").gpus, 1, folder_.File("none"), "workers/w");
  ASSERT_TRUE(nowhere.ok());
  EXPECT_THAT(*nowhere, SizeIs(0));
}

TEST(PrecisionNoteTest, Fp32OnAGpuIsWorthAWord) {
  v1::Lease lease;
  lease.mutable_trial()->set_name("campaigns/c/trials/7");
  lease.mutable_recipe()->set_precision(v1::Recipe::FP32);
  EXPECT_THAT(
      PrecisionNote("cuda", lease),
      AllOf(HasSubstr("campaigns/c trains in fp32"), HasSubstr("bf16")));
  EXPECT_EQ(PrecisionNote("cpu", lease), "");
  lease.mutable_recipe()->set_precision(v1::Recipe::BF16);
  EXPECT_EQ(PrecisionNote("cuda", lease), "");
}

}  // namespace
}  // namespace isoshape
