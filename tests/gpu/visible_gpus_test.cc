#include "gpu/visible_gpus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "tests/temp_folder.h"

namespace isoshape {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Gpu Card(const std::string& uuid, const std::string& name = "H100") {
  return {.uuid = uuid, .name = name, .mig = false, .card_uuid = uuid};
}
Gpu Instance(const std::string& uuid, const std::string& card) {
  return {.uuid = uuid, .name = "H100", .mig = true, .card_uuid = card};
}
// A machine with NVML and these GPUs.
GpuSurvey With(std::vector<Gpu> gpus) {
  GpuSurvey survey;
  survey.device_files = static_cast<int>(gpus.size());
  survey.gpus = std::move(gpus);
  return survey;
}
// The selectors of the GPUs that CUDA shows if CUDA_VISIBLE_DEVICES is
// `visible`.
std::vector<std::string> Selected(GpuSurvey survey,
                                  const std::string& visible) {
  survey.visible_devices = visible;
  std::vector<std::string> selectors;
  for (const VisibleGpu& gpu : SelectGpus(survey).gpus) {
    selectors.push_back(gpu.selector);
  }
  return selectors;
}
std::string Trouble(GpuSurvey survey, const std::string& visible) {
  survey.visible_devices = visible;
  return SelectGpus(survey).trouble;
}

TEST(VisibleGpusTest, AMachineWithoutGpusHasNoneAndNoTrouble) {
  const VisibleGpus visible = SelectGpus({});
  EXPECT_THAT(visible.gpus, IsEmpty());
  EXPECT_EQ(visible.trouble, "");
  EXPECT_FALSE(visible.hidden);
}

TEST(VisibleGpusTest, GpusGoByTheirUuid) {
  const VisibleGpus visible =
      SelectGpus(With({Card("GPU-a"), Instance("MIG-1", "GPU-b")}));
  ASSERT_EQ(visible.gpus.size(), 2);
  EXPECT_EQ(visible.gpus[0].selector, "GPU-a");
  EXPECT_EQ(visible.gpus[0].uuid, "GPU-a");
  EXPECT_EQ(visible.gpus[1].selector, "MIG-1");
  EXPECT_EQ(visible.trouble, "");
}

TEST(VisibleGpusTest, WithoutNvmlDeviceFilesCountAndCudaNumbersThemFromZero) {
  GpuSurvey survey;
  survey.device_files = 2;  // perhaps /dev/nvidia3 and /dev/nvidia7
  const VisibleGpus visible = SelectGpus(survey);
  ASSERT_EQ(visible.gpus.size(), 2);
  EXPECT_EQ(visible.gpus[0].selector, "0");
  EXPECT_EQ(visible.gpus[1].selector, "1");
  EXPECT_EQ(visible.gpus[1].uuid, "");
}

TEST(VisibleGpusTest, AnyDeviceFileWithANumberIsAGpu) {
  const TempFolder folder;
  for (const char* name :
       {"nvidia3", "nvidia12", "nvidiactl", "nvidia-uvm", "nvidia", "null"}) {
    folder.Write(name, "");
  }
  EXPECT_EQ(SurveyGpus(Nvml("/none"), folder.path()).device_files, 2);
  EXPECT_EQ(SurveyGpus(Nvml("/none"), folder.File("none")).device_files, 0);
}

TEST(VisibleGpusTest, TheEnvironmentSaysWhichGpusAreToBeSeen) {
  setenv("CUDA_VISIBLE_DEVICES", "1,0", 1);
  setenv("CUDA_DEVICE_ORDER", "PCI_BUS_ID", 1);
  setenv("FAKE_NVML", "GPU-a GPU-b", 1);
  const GpuSurvey survey = SurveyGpus(Nvml(ISOSHAPE_FAKE_NVML), "/none");
  unsetenv("CUDA_VISIBLE_DEVICES");
  unsetenv("CUDA_DEVICE_ORDER");
  const VisibleGpus visible = SelectGpus(survey);
  ASSERT_EQ(visible.gpus.size(), 2);
  EXPECT_EQ(visible.gpus[0].uuid, "GPU-b");
  EXPECT_EQ(visible.gpus[1].uuid, "GPU-a");
}

TEST(VisibleGpusTest, AnEmptyListHidesAllGpusAndSaysSo) {
  const GpuSurvey survey = With({Card("GPU-a")});
  for (const char* list : {"", " ", "-1"}) {
    EXPECT_THAT(Selected(survey, list), IsEmpty());
    EXPECT_EQ(Trouble(survey, list),
              std::string("CUDA_VISIBLE_DEVICES is '") + list +
                  "', which hides every GPU; unset it, or name GPUs in it");
  }
  GpuSurvey hidden = survey;
  hidden.visible_devices = "";
  EXPECT_TRUE(SelectGpus(hidden).hidden);
}

TEST(VisibleGpusTest, NumbersBecomeUuidsWhenItIsSureWhichTheyMean) {
  const GpuSurvey alike = With({Card("GPU-a"), Card("GPU-b")});
  EXPECT_THAT(Selected(alike, "1"), ElementsAre("GPU-b"));
  EXPECT_THAT(Selected(alike, " 1 , 0"), ElementsAre("GPU-b", "GPU-a"));
  // CUDA puts the faster first: its 0 may be NVML's 1.
  GpuSurvey mixed = With({Card("GPU-a", "T4"), Card("GPU-b", "H100")});
  EXPECT_THAT(Selected(mixed, "1"), ElementsAre("1"));
  mixed.device_order = "PCI_BUS_ID";
  EXPECT_THAT(Selected(mixed, "1"), ElementsAre("GPU-b"));
  // How CUDA numbers instances is its own affair.
  EXPECT_THAT(
      Selected(With({Instance("MIG-1", "GPU-a"), Instance("MIG-2", "GPU-a")}),
               "0"),
      ElementsAre("0"));
}

TEST(VisibleGpusTest, ANumberBeyondTheGpusIsTrouble) {
  EXPECT_EQ(Trouble(With({Card("GPU-a"), Card("GPU-b")}), "0,2"),
            "CUDA_VISIBLE_DEVICES names GPU 2, and there are 2, numbers 0 to "
            "1; name one of them");
  EXPECT_EQ(Trouble(With({Card("GPU-a")}), "3"),
            "CUDA_VISIBLE_DEVICES names GPU 3, and there is 1, number 0; name "
            "one of them");
  EXPECT_THAT(Selected(With({Card("GPU-a"), Card("GPU-b")}), "0,2,1"),
              ElementsAre("GPU-a"));  // as CUDA does
}

TEST(VisibleGpusTest, UuidsMayBeShortButMustMeanOneGpu) {
  const GpuSurvey survey =
      With({Card("GPU-8932f937"), Card("GPU-89aa"), Instance("MIG-1", "GPU-cc"),
            Instance("MIG-2", "GPU-cc")});
  EXPECT_THAT(Selected(survey, "GPU-8932"), ElementsAre("GPU-8932f937"));
  EXPECT_THAT(Selected(survey, "MIG-2,GPU-89aa"),
              ElementsAre("MIG-2", "GPU-89aa"));
  EXPECT_EQ(Trouble(survey, "GPU-89"),
            "CUDA_VISIBLE_DEVICES names GPU-89, which is several of the GPUs "
            "here: GPU-8932f937, GPU-89aa, MIG-1, MIG-2; name one of them");
  EXPECT_THAT(Trouble(survey, "GPU-77"),
              HasSubstr("names GPU-77, which is none of the GPUs here"));
  EXPECT_EQ(Trouble(survey, "GPU-8932,MIG-1"), "");
}

TEST(VisibleGpusTest, WithoutNvmlUuidsAreTakenAsTheyAre) {
  GpuSurvey survey;
  survey.device_files = 1;
  EXPECT_THAT(Selected(survey, "GPU-a,MIG-b"), ElementsAre("GPU-a", "MIG-b"));
  EXPECT_EQ(Trouble(survey, "GPU-a,MIG-b"), "");
}

TEST(VisibleGpusTest, RubbishAndRepetitionAreTrouble) {
  const GpuSurvey survey = With({Card("GPU-a"), Card("GPU-b")});
  EXPECT_THAT(Trouble(survey, "all"),
              HasSubstr("holds 'all', which is neither"));
  EXPECT_THAT(Trouble(survey, "0x1"), HasSubstr("'0x1'"));
  EXPECT_THAT(Trouble(survey, "0,GPU-a"),
              HasSubstr("names GPU-a twice; name every GPU once"));
}

TEST(VisibleGpusTest, ADriverThatFailsIsTroubleOnlyWhereThereAreGpus) {
  GpuSurvey survey;
  survey.nvml_trouble = "NVML: Driver/library version mismatch";
  EXPECT_EQ(SelectGpus(survey).trouble, "");  // an image for GPUs, without one
  survey.device_files = 1;
  EXPECT_EQ(SelectGpus(survey).trouble,
            "NVML: Driver/library version mismatch");
}

}  // namespace
}  // namespace isoshape
