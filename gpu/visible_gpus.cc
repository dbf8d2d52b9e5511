#include "gpu/visible_gpus.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <system_error>
#include <utility>

namespace isoshape {
namespace {

constexpr char kVariable[] = "CUDA_VISIBLE_DEVICES";

bool StartsWith(const std::string& text, const std::string& beginning) {
  return text.compare(0, beginning.size(), beginning) == 0;
}

// The parts between commas, without the blanks around them.
std::vector<std::string> Split(const std::string& list) {
  constexpr char kBlanks[] = " \t\n";
  std::vector<std::string> parts;
  std::istringstream in(list);
  for (std::string part; std::getline(in, part, ',');) {
    const size_t first = part.find_first_not_of(kBlanks);
    const size_t last = part.find_last_not_of(kBlanks);
    parts.push_back(
        first == std::string::npos ? "" : part.substr(first, last - first + 1));
  }
  return parts;
}

VisibleGpu Visible(const Gpu& gpu) {
  return {gpu.uuid, gpu.uuid, gpu.name, gpu.compute_mode};
}

std::string Uuids(const std::vector<Gpu>& gpus) {
  std::string list;
  for (const Gpu& gpu : gpus) list += (list.empty() ? "" : ", ") + gpu.uuid;
  return list;
}

// CUDA numbers GPUs by their speed unless CUDA_DEVICE_ORDER says otherwise;
// NVML by their place on the PCI bus. They agree if the GPUs are all alike.
bool NumbersAgree(const GpuSurvey& survey) {
  const std::vector<Gpu>& gpus = survey.gpus;
  if (std::any_of(gpus.begin(), gpus.end(),
                  [](const Gpu& gpu) { return gpu.mig; })) {
    return false;  // CUDA does not number instances as they are listed
  }
  return survey.device_order == "PCI_BUS_ID" ||
         std::all_of(gpus.begin(), gpus.end(), [&](const Gpu& gpu) {
           return gpu.name == gpus.front().name;
         });
}

// The GPU that one name of CUDA_VISIBLE_DEVICES means; nothing, with the
// reason in `trouble`, if it means none.
std::optional<VisibleGpu> ByUuid(const std::string& name,
                                 const GpuSurvey& survey,
                                 std::string& trouble) {
  // Without NVML, and for instances in the form of older drivers,
  // MIG-GPU-UUID/3/0, CUDA alone can tell.
  if (survey.gpus.empty() || StartsWith(name, "MIG-GPU-")) {
    return VisibleGpu{.selector = name, .uuid = name, .name = ""};
  }
  std::vector<const Gpu*> found;
  for (const Gpu& gpu : survey.gpus) {
    if (StartsWith(gpu.uuid, name)) found.push_back(&gpu);
  }
  // A card that is divided means the first of its instances.
  for (const Gpu& gpu : survey.gpus) {
    if (found.empty() && gpu.mig && StartsWith(gpu.card_uuid, name)) {
      found.push_back(&gpu);
    }
  }
  if (found.size() == 1) return Visible(*found.front());
  trouble = std::string(kVariable) + " names " + name + ", which is " +
            (found.empty() ? "none" : "several") +
            " of the GPUs here: " + Uuids(survey.gpus) + "; name one of them";
  return std::nullopt;
}

std::optional<VisibleGpu> ByNumber(const std::string& name, size_t number,
                                   const GpuSurvey& survey,
                                   std::string& trouble) {
  const bool known = !survey.gpus.empty() && NumbersAgree(survey);
  const size_t count =
      known ? survey.gpus.size() : static_cast<size_t>(survey.device_files);
  if (known && number < count) return Visible(survey.gpus[number]);
  // How many instances CUDA numbers, and whether there are device files at all
  // (not under WSL), is not known.
  if (!known && (count == 0 || number < count || !survey.gpus.empty())) {
    return VisibleGpu{.selector = name, .uuid = "", .name = ""};
  }
  trouble = std::string(kVariable) + " names GPU " + name + ", and there " +
            (count == 1 ? "is 1, number 0"
                        : "are " + std::to_string(count) + ", numbers 0 to " +
                              std::to_string(count - 1)) +
            "; name one of them";
  return std::nullopt;
}

std::optional<VisibleGpu> ByName(const std::string& name,
                                 const GpuSurvey& survey,
                                 std::string& trouble) {
  if (StartsWith(name, "GPU-") || StartsWith(name, "MIG-")) {
    return ByUuid(name, survey, trouble);
  }
  size_t number = 0;
  const char* end = name.data() + name.size();
  const auto [rest, error] = std::from_chars(name.data(), end, number);
  if (error == std::errc() && rest == end) {
    return ByNumber(name, number, survey, trouble);
  }
  trouble = std::string(kVariable) + " holds '" + name +
            "', which is neither a number nor a UUID (GPU-…, MIG-…)";
  return std::nullopt;
}

}  // namespace

GpuSurvey SurveyGpus(const Nvml& nvml, const std::string& devices) {
  GpuSurvey survey;
  survey.gpus = nvml.Gpus();
  survey.nvml_trouble = nvml.trouble();
  std::error_code error;
  for (auto file = std::filesystem::directory_iterator(devices, error);
       !error && file != std::filesystem::directory_iterator();
       file.increment(error)) {
    const std::string name = file->path().filename().string();
    const std::string number = StartsWith(name, "nvidia") ? name.substr(6) : "";
    survey.device_files +=
        !number.empty() &&
        std::all_of(number.begin(), number.end(),
                    [](unsigned char c) { return std::isdigit(c) != 0; });
  }
  if (const char* visible = std::getenv(kVariable)) {
    survey.visible_devices = visible;
  }
  if (const char* order = std::getenv("CUDA_DEVICE_ORDER")) {
    survey.device_order = order;
  }
  return survey;
}

VisibleGpus SelectGpus(const GpuSurvey& survey) {
  VisibleGpus visible;
  // A library without a driver, as images for GPUs have it, is no trouble on a
  // machine without GPUs.
  if (survey.gpus.empty() && survey.device_files > 0) {
    visible.trouble = survey.nvml_trouble;
  }
  if (!survey.visible_devices.has_value()) {
    for (const Gpu& gpu : survey.gpus) visible.gpus.push_back(Visible(gpu));
    for (int i = 0; survey.gpus.empty() && i < survey.device_files; ++i) {
      const std::string number = std::to_string(i);
      visible.gpus.push_back({.selector = number, .uuid = "", .name = ""});
    }
    return visible;
  }
  const std::vector<std::string> names = Split(*survey.visible_devices);
  if (names.empty() || names.front().empty() || names.front() == "-1") {
    visible.hidden = true;
    visible.trouble = std::string(kVariable) + " is '" +
                      *survey.visible_devices +
                      "', which hides every GPU; unset it, or name GPUs in it";
    return visible;
  }
  for (const std::string& name : names) {
    if (name == "-1") break;  // as CUDA reads it: those before count
    std::optional<VisibleGpu> gpu = ByName(name, survey, visible.trouble);
    if (!gpu.has_value()) break;
    if (std::any_of(visible.gpus.begin(), visible.gpus.end(),
                    [&](const VisibleGpu& other) {
                      return other.selector == gpu->selector;
                    })) {
      visible.trouble = std::string(kVariable) + " names " + name +
                        " twice; name every GPU once";
      break;
    }
    visible.gpus.push_back(*std::move(gpu));
  }
  return visible;
}

}  // namespace isoshape
