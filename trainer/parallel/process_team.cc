#include "trainer/parallel/process_team.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include "trainer/cuda/nccl_group.h"

#define USE_C10D_GLOO  // as the LibTorch that we link was built
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

namespace isoshape::parallel {
namespace {

constexpr char kNcclId[] = "nccl";  // a key of the store
constexpr char kHost[] = "127.0.0.1";
// A process that is silent for so long is taken for lost.
constexpr std::chrono::minutes kSilence{10};
// How often who waits looks whether the others still run. One that has ended
// has broken its connections, which gloo says by the next look, or never.
constexpr std::chrono::seconds kLook{5};
constexpr std::chrono::seconds kEndPatience{5};

c10::intrusive_ptr<c10d::TCPStore> OpenStore(int rank, int size, int port) {
  c10d::TCPStoreOptions options;
  options.port = static_cast<uint16_t>(port);
  options.isServer = rank == 0;
  options.numWorkers = static_cast<size_t>(size);
  options.waitWorkers = false;
  return c10::make_intrusive<c10d::TCPStore>(kHost, options);
}

// The name of the visible GPU of that number, as CUDA_VISIBLE_DEVICES has it.
std::string VisibleGpu(int number) {
  const char* visible = std::getenv("CUDA_VISIBLE_DEVICES");
  if (visible == nullptr) return std::to_string(number);
  std::istringstream names(visible);
  std::string name;
  for (int i = 0; i <= number; ++i) std::getline(names, name, ',');
  return name;
}

// This process's environment, with one variable set.
std::vector<std::string> EnvironmentWith(const std::string& variable,
                                         const std::string& value) {
  std::vector<std::string> result = {variable + "=" + value};
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (!std::string_view(*entry).starts_with(variable + "=")) {
      result.emplace_back(*entry);
    }
  }
  return result;
}

std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (std::string& string : strings) pointers.push_back(string.data());
  pointers.push_back(nullptr);
  return pointers;
}

pid_t StartFollower(int rank, int size, int port, int threads,
                    ProcessTeam::Devices devices) {
  const bool gpus = devices == ProcessTeam::Devices::kGpus;
  std::vector<std::string> arguments = {
      "isoshape-trainer", gpus ? "--device=cuda" : "--device=cpu",
      "--threads=" + std::to_string(threads),
      "--follow=" + std::to_string(rank) + "/" + std::to_string(size) + "/" +
          std::to_string(port)};
  std::vector<std::string> variables;
  if (gpus) {
    variables = EnvironmentWith("CUDA_VISIBLE_DEVICES", VisibleGpu(rank));
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
                                   O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null",
                                   O_WRONLY, 0);
  pid_t pid = -1;
  const int error = posix_spawn(&pid, "/proc/self/exe", &actions, nullptr,
                                Pointers(arguments).data(),
                                gpus ? Pointers(variables).data() : environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    throw TeamLost("process " + std::to_string(rank) + " of " +
                   std::to_string(size) +
                   " cannot be started: " + strerror(error));
  }
  return pid;
}

// How a child has ended, which is not yet waited for; nothing if it still runs.
std::optional<std::string> HowItEnded(pid_t child) {
  siginfo_t info = {};
  if (waitid(P_PID, static_cast<id_t>(child), &info,
             WEXITED | WNOHANG | WNOWAIT) != 0) {
    // If children are not kept for this (SIGCHLD is ignored), it is gone.
    return "has ended";
  }
  if (info.si_pid != child) return std::nullopt;
  return (info.si_code == CLD_EXITED ? "has ended with status "
                                     : "was ended by signal ") +
         std::to_string(info.si_status);
}

// The first line of an error.
std::string FirstLine(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

}  // namespace

struct ProcessTeam::Group {
  c10::intrusive_ptr<c10d::TCPStore> store;
  c10::intrusive_ptr<c10d::ProcessGroupGloo> gloo;
  std::optional<cuda::NcclGroup> nccl;

  void Meet(int rank, int size, Devices devices) {
    const auto options = c10d::ProcessGroupGloo::Options::create(kSilence);
    options->devices.push_back(
        c10d::ProcessGroupGloo::createDeviceForHostname(kHost));
    options->threads = 1;
    gloo =
        c10::make_intrusive<c10d::ProcessGroupGloo>(store, rank, size, options);
    if (devices == Devices::kCpu) return;
    if (rank == 0) store->set(kNcclId, cuda::NcclGroup::NewId());
    nccl.emplace(rank, size, store->get(kNcclId));
  }
};

ProcessTeam::ProcessTeam(int rank, int size, Devices devices)
    : rank_(rank), size_(size), devices_(devices), group_(new Group) {}

std::unique_ptr<ProcessTeam> ProcessTeam::Lead(int size, int threads,
                                               Devices devices) {
  std::unique_ptr<ProcessTeam> team(new ProcessTeam(0, size, devices));
  team->Guard([&] {
    team->group_->store = OpenStore(0, size, 0);
    for (int rank = 1; rank < size; ++rank) {
      team->children_.push_back(StartFollower(
          rank, size, team->group_->store->getPort(), threads, devices));
    }
    team->group_->Meet(0, size, devices);
  });
  return team;
}

std::unique_ptr<ProcessTeam> ProcessTeam::Join(int rank, int size, int port,
                                               Devices devices) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // a follower without a leader is useless
  std::unique_ptr<ProcessTeam> team(new ProcessTeam(rank, size, devices));
  team->Guard([&] {
    team->group_->store = OpenStore(rank, size, port);
    team->group_->Meet(rank, size, devices);
  });
  return team;
}

ProcessTeam::~ProcessTeam() {
  group_.reset();  // closes the connections, which ends who waits for them
  const auto deadline = std::chrono::steady_clock::now() + kEndPatience;
  for (const pid_t child : children_) {
    while (waitpid(child, nullptr, WNOHANG) == 0) {
      if (std::chrono::steady_clock::now() > deadline) kill(child, SIGKILL);
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
}

void ProcessTeam::WaitFor(c10d::Work& work) const {
  std::string ended;
  while (true) {
    try {
      work.wait(kLook);
      return;
    } catch (const std::exception&) {
      if (work.isCompleted()) {
        // Over at the very moment: with the error that it has, or with none.
        work.wait();
        return;
      }
    }
    if (!ended.empty()) throw std::runtime_error(ended);
    for (size_t i = 0; i < children_.size() && ended.empty(); ++i) {
      const std::optional<std::string> how = HowItEnded(children_[i]);
      if (!how.has_value()) continue;
      ended = "process " + std::to_string(i + 1) + " of " +
              std::to_string(size_) + " " + *how;
    }
  }
}

void ProcessTeam::Guard(const std::function<void()>& call) {
  try {
    call();
  } catch (const std::exception& error) {
    lost_ = true;
    throw TeamLost("another process of the run has ended or does not answer: " +
                   FirstLine(error.what()));
  }
}

std::function<void()> ProcessTeam::StartBroadcast(at::Tensor& tensor) {
  std::function<void()> wait;
  Guard([&] {
    std::vector<at::Tensor> tensors = {tensor};
    wait = [this, work = group_->gloo->broadcast(tensors)] { WaitFor(*work); };
  });
  return [this, wait] { Guard(wait); };
}

std::function<void()> ProcessTeam::StartSum(
    const std::vector<at::Tensor>& tensors) {
  std::function<void()> wait;
  Guard([&] {
    if (tensors.front().is_cuda()) {
      wait = group_->nccl->StartSum(tensors);
      return;
    }
    std::vector<c10::intrusive_ptr<c10d::Work>> sums;
    for (const at::Tensor& tensor : tensors) {
      std::vector<at::Tensor> one = {tensor};
      sums.push_back(group_->gloo->allreduce(one));
    }
    wait = [this, sums] {
      for (const auto& sum : sums) WaitFor(*sum);
    };
  });
  return [this, wait] { Guard(wait); };
}

double ProcessTeam::GpuWaitSeconds() {
  double seconds = 0;
  Guard([&] {
    if (group_->nccl.has_value()) seconds = group_->nccl->WaitedSeconds();
  });
  return seconds;
}

}  // namespace isoshape::parallel
