#include "tests/trainer/cuda/stand_in/process.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <new>
#include <sstream>

namespace isoshape::stand_in {
namespace {

thread_local cudaError_t last_error = cudaSuccess;
thread_local int current_device = 0;
cudaError_t context_error = cudaSuccess;

std::string Folder() {
  const char* folder = std::getenv(kFolderVariable);
  return folder == nullptr ? "" : folder;
}

Machine* OpenMachine() {
  const std::string folder = Folder();
  if (folder.empty()) return new Machine;
  const int file = open((folder + "/" + kMachineFile).c_str(), O_RDWR);
  void* memory = mmap(nullptr, sizeof(Machine), PROT_READ | PROT_WRITE,
                      MAP_SHARED, file, 0);
  if (memory == MAP_FAILED) {
    static const char kText[] = "stand-in: no machine in its folder\n";
    (void)!write(STDERR_FILENO, kText, sizeof kText - 1);
    std::_Exit(70);
  }
  close(file);
  return static_cast<Machine*>(memory);
}

// -1: nothing is logged.
int OpenLog() {
  const std::string folder = Folder();
  if (folder.empty()) return -1;
  return open((folder + "/" + std::to_string(getpid())).c_str(),
              O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

}  // namespace

// Not destroyed: LibTorch calls until the process has ended.
std::recursive_mutex& Mutex() {
  static auto* const mutex = new std::recursive_mutex;
  return *mutex;
}

Machine& TheMachine() {
  static Machine* const machine = OpenMachine();
  return *machine;
}

std::vector<int> VisibleCards() {
  const int cards = TheMachine().cards;
  std::vector<int> visible;
  const char* variable = std::getenv("CUDA_VISIBLE_DEVICES");
  if (variable == nullptr) {
    for (int card = 0; card < cards; ++card) visible.push_back(card);
    return visible;
  }
  // Up to the first that is not there, as CUDA has it.
  std::istringstream list(variable);
  for (std::string item; std::getline(list, item, ',');) {
    const std::string digits =
        item.rfind("GPU-", 0) == 0 ? item.substr(4, 8) : item;
    char* end = nullptr;
    const long card = std::strtol(digits.c_str(), &end, 16);
    if (digits.empty() || *end != '\0' || card < 0 || card >= cards) break;
    visible.push_back(static_cast<int>(card));
  }
  return visible;
}

Card& CurrentCard() {
  static const std::vector<int> visible = VisibleCards();
  const auto device = static_cast<size_t>(current_device);
  return TheMachine().card[device < visible.size() ? visible[device] : 0];
}

void Log(const char* what, int stream, bool captured, int64_t number,
         const std::string& detail) {
  static const int log = OpenLog();
  if (log < 0) return;
  const std::string line = std::string(what) + ' ' + std::to_string(stream) +
                           ' ' + (captured ? '1' : '0') + ' ' +
                           std::to_string(number) + ' ' + detail + '\n';
  (void)!write(log, line.data(), line.size());
}

cudaError_t Return(cudaError_t error) {
  if (error != cudaSuccess) last_error = error;
  return error;
}

cudaError_t Illegal(cudaError_t error, const std::string& call) {
  Log("illegal", -1, false, error, call);
  return Return(error);
}

cudaError_t ContextError() { return context_error; }

void CountLaunch() {
  Card& card = CurrentCard();
  if (++card.launches != card.die_at_launch) return;
  context_error = cudaErrorIllegalAddress;
  Log("lost", -1, false, context_error);
}

}  // namespace isoshape::stand_in

using isoshape::stand_in::ContextError;
using isoshape::stand_in::Return;

cudaError_t cudaGetLastError() {
  const cudaError_t error = isoshape::stand_in::last_error;
  isoshape::stand_in::last_error = ContextError();
  return error;
}

cudaError_t cudaPeekAtLastError() { return isoshape::stand_in::last_error; }

cudaError_t cudaGetDevice(int* device) {
  *device = isoshape::stand_in::current_device;
  return cudaSuccess;
}

cudaError_t cudaSetDevice(int device) {
  const auto cards =
      static_cast<int>(isoshape::stand_in::VisibleCards().size());
  if (device < 0 || device >= cards) return Return(cudaErrorInvalidDevice);
  isoshape::stand_in::current_device = device;
  return cudaSuccess;
}
