#include "tests/trainer/cuda/cuda_trainer.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <filesystem>
#include <new>
#include <stdexcept>

#include "tests/trainer/data/some_text.h"

namespace isoshape {
namespace {

using nlohmann::json;

// Seconds between reports, so long that no measurement is due in a test.
constexpr int kNever = 3600;

std::vector<std::string> WithDevice(std::vector<std::string> flags) {
  flags.insert(flags.begin(), {"--device=cuda", "--threads=1"});
  return flags;
}

std::vector<std::string> Joined(std::vector<std::string> first,
                                const std::vector<std::string>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

}  // namespace

StandIn::StandIn() : text_(folder_.Write("text", SomeText(200000, 1))) {
  std::filesystem::create_directory(Path("machine"));
  const std::string file = Path("machine/") + stand_in::kMachineFile;
  const int opened = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (opened < 0 || ftruncate(opened, sizeof(stand_in::Machine)) != 0) {
    throw std::runtime_error("no file at " + file);
  }
  void* memory = mmap(nullptr, sizeof(stand_in::Machine),
                      PROT_READ | PROT_WRITE, MAP_SHARED, opened, 0);
  close(opened);
  if (memory == MAP_FAILED) throw std::runtime_error("no memory of " + file);
  machine_ = new (memory) stand_in::Machine;
}

StandIn::~StandIn() { munmap(machine_, sizeof(stand_in::Machine)); }

// cuDNN is not stood in for, and LibTorch would choose it for attention.
std::vector<std::string> StandIn::Environment() const {
  return {std::string("LD_PRELOAD=") + ISOSHAPE_STAND_IN_PRELOAD,
          std::string(stand_in::kFolderVariable) + '=' + Path("machine"),
          "TORCH_CUDNN_SDPA_DEPRIORITIZED=1"};
}

CudaLog StandIn::LogOf(pid_t process) const {
  return CudaLog::Read(Path("machine/") + std::to_string(process));
}

std::vector<pid_t> StandIn::Processes() const {
  std::vector<pid_t> processes;
  for (const auto& entry :
       std::filesystem::directory_iterator(Path("machine"))) {
    const std::string name = entry.path().filename().string();
    if (name != stand_in::kMachineFile) processes.push_back(std::stoi(name));
  }
  return processes;
}

CudaTrainer::CudaTrainer(StandIn& stand_in, std::vector<std::string> flags,
                         const std::vector<std::string>& environment)
    : TrainerProcess(WithDevice(std::move(flags)),
                     Joined(stand_in.Environment(), environment)),
      stand_in_(stand_in) {}

json CudaTrainer::Train(const json& run) {
  Send(run);
  json result;
  const size_t results = run.contains("replicas") ? run["replicas"].size() : 1;
  for (size_t i = 0; i < results; ++i) result = ReceiveUntil("result");
  return result;
}

CudaLog CudaTrainer::Log(size_t from) const {
  return stand_in_.LogOf(pid()).From(from);
}

json SmallCudaRun(const StandIn& stand_in) {
  return {{"type", "run"},
          {"run", "r"},
          {"shape",
           {{"depth", 2},
            {"width", 64},
            {"head_dim", 16},
            {"ffn_width", 176},
            {"vocab", 256},
            {"context", 128}}},
          {"recipe", {{"precision", "bf16"}}},
          {"data", {{"path", stand_in.text()}}},
          {"steps", 8},
          {"tokens_per_step", 16 * 128},
          {"seed", 0},
          {"report_seconds", kNever}};
}

int64_t TokenBytes(const json& run) {
  const int64_t context = run.at("shape").at("context");
  const int64_t sequences = run.at("tokens_per_step").get<int64_t>() / context;
  const auto replicas = static_cast<int64_t>(
      run.contains("replicas") ? run["replicas"].size() : 1);
  return replicas * sequences * (context + 1) *
         static_cast<int64_t>(sizeof(int32_t));
}

}  // namespace isoshape
