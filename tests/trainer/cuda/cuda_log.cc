#include "tests/trainer/cuda/cuda_log.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <sstream>

namespace isoshape {
namespace {

// A wait is no stall while the card has this much to do.
constexpr int64_t kWorkThatKeepsBusy = 3;

std::string Text(const CudaCall& call) {
  return call.what + ' ' + std::to_string(call.number) + ' ' + call.detail;
}

bool IsStall(const CudaCall& call) {
  if (call.what == "wait") return call.number < kWorkThatKeepsBusy;
  return call.what == "copy" &&
         std::strstr(call.detail.c_str(), "pageable") != nullptr;
}

}  // namespace

CudaLog CudaLog::Read(const std::string& path) {
  CudaLog log;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    CudaCall call;
    words >> call.what >> call.stream >> call.captured >> call.number;
    words.ignore();
    std::getline(words, call.detail);
    log.calls_.push_back(std::move(call));
  }
  return log;
}

CudaLog CudaLog::From(size_t n) const {
  return CudaLog(
      {calls_.begin() + static_cast<std::ptrdiff_t>(std::min(n, calls_.size())),
       calls_.end()});
}

int64_t CudaLog::Count(const std::string& what) const {
  return std::count_if(
      calls_.begin(), calls_.end(),
      [&what](const CudaCall& call) { return call.what == what; });
}

int64_t CudaLog::Sum(const std::string& what) const {
  int64_t sum = 0;
  for (const CudaCall& call : calls_) {
    if (call.what == what) sum += call.number;
  }
  return sum;
}

int64_t CudaLog::Launches(bool captured) const {
  return std::count_if(
      calls_.begin(), calls_.end(), [captured](const CudaCall& call) {
        return call.what == "launch" && call.captured == captured;
      });
}

int64_t CudaLog::LaunchesOf(const std::string& name) const {
  return std::count_if(calls_.begin(), calls_.end(),
                       [&name](const CudaCall& call) {
                         return call.what == "launch" &&
                                call.detail.find(name) != std::string::npos;
                       });
}

std::vector<std::string> CudaLog::Faults() const {
  std::vector<std::string> faults;
  for (const CudaCall& call : calls_) {
    if (call.what == "illegal" || call.what == "outside") {
      faults.push_back(Text(call));
    }
  }
  return faults;
}

std::vector<std::string> CudaLog::Stalls() const {
  std::vector<std::string> stalls;
  for (const CudaCall& call : calls_) {
    if (IsStall(call)) stalls.push_back(Text(call));
  }
  return stalls;
}

std::vector<CudaLog> CudaLog::Steps(int64_t bytes) const {
  std::vector<CudaLog> steps;
  for (const CudaCall& call : calls_) {
    if (call.what == "copy" && call.number == bytes &&
        call.detail == "pinned->device") {
      steps.emplace_back();
    }
    if (!steps.empty()) steps.back().calls_.push_back(call);
  }
  if (!steps.empty()) steps.pop_back();
  return steps;
}

}  // namespace isoshape
