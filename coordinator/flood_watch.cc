#include "coordinator/flood_watch.h"

#include <unistd.h>

#include <utility>

#include "absl/strings/str_format.h"
#include "common/process/process_use.h"
#include "coordinator/end_connection.h"

namespace isoshape {
namespace {

constexpr absl::Duration kHalf = absl::Seconds(30);
// A look takes at most this share of a processor: of ten thousand connections
// one takes some 40 ms.
constexpr double kShare = 0.05;

}  // namespace

FloodWatch::Options FloodWatch::OfPort(uint16_t port) {
  Options options;
  options.resident = [] {
    return UseOf(getpid()).value_or(ProcessUse{}).resident_bytes;
  };
  options.received = [port] { return ReceivedBytes(port); };
  options.end = [port](const std::map<std::string, std::string>& why) {
    EndConnections(why, port);
  };
  return options;
}

FloodWatch::~FloodWatch() {
  stop_.Notify();
  if (thread_.joinable()) thread_.join();
}

void FloodWatch::Start() {
  thread_ = std::thread([this] { Run(); });
}

void FloodWatch::Run() {
  absl::Duration wait = options_.interval;
  while (!stop_.WaitForNotificationWithTimeout(wait)) {
    const absl::Duration begin = options_.clock->Elapsed();
    Look();
    wait = std::max(options_.interval,
                    (options_.clock->Elapsed() - begin) / kShare);
  }
}

void FloodWatch::Begun(const std::string& peer) {
  if (!watching_.load(std::memory_order_relaxed)) return;
  absl::MutexLock lock(&mutex_);
  begun_.insert(peer);
}

int64_t FloodWatch::Growth(int64_t resident) {
  const absl::Duration now = options_.clock->Elapsed();
  if (last_ == 0) {
    least_ = least_before_ = resident;
    half_ = now;
  } else if (now - half_ > kHalf) {
    least_before_ = least_;
    least_ = resident;
    half_ = now;
  }
  least_ = std::min(least_, resident);
  return resident - std::min(least_, least_before_);
}

bool FloodWatch::SomeoneSendsMuch() {
  const absl::Duration now = options_.clock->Elapsed();
  const absl::Duration since = now - looked_calm_;
  if (since < options_.calm) return now < watch_until_;
  const double allowed =
      static_cast<double>(options_.calm_allowance) * (since / options_.calm);
  looked_calm_ = now;
  std::map<std::string, int64_t> sent = options_.received();
  for (const auto& [peer, bytes] : sent) {
    // One that has come since has sent all of it since.
    const auto before = sent_calm_.find(peer);
    const int64_t sent_before = before == sent_calm_.end() ? 0 : before->second;
    if (static_cast<double>(bytes - sent_before) > allowed) {
      watch_until_ = now + options_.calm;
    }
  }
  sent_calm_ = std::move(sent);
  return now < watch_until_;
}

void FloodWatch::Look() {
  const int64_t resident = options_.resident();
  const int64_t growth = Growth(resident);
  const bool hastens =
      growth >= options_.much && resident - last_ >= options_.haste;
  last_ = resident;
  const bool watched = watching_;
  const bool much = SomeoneSendsMuch();
  watching_ = growth >= options_.growth || much;
  std::set<std::string> begun;
  {
    absl::MutexLock lock(&mutex_);
    begun.swap(begun_);
  }
  if (!watching_) {
    sent_.clear();
    return;
  }
  std::map<std::string, int64_t> now = options_.received();
  if (now.empty()) {
    // Nothing is known of the past of any at the next look.
    watching_ = false;
    return;
  }
  {
    // Calls that began while this asked for the bytes; the next look has them
    // too, for some of their bytes came after.
    absl::MutexLock lock(&mutex_);
    begun.insert(begun_.begin(), begun_.end());
  }
  std::map<std::string, int64_t> since;
  for (auto& [peer, bytes] : now) {
    // What was there before this began to look may have had calls; what has
    // come since has had none that is not in `begun`.
    if (!watched || begun.count(peer) > 0) continue;
    const auto before = sent_.find(peer);
    const int64_t sent = bytes - (before == sent_.end() ? 0 : before->second);
    since[peer] = sent;
    bytes -= sent;
  }
  EndFloods(since, hastens, growth);
  sent_ = std::move(now);
}

void FloodWatch::EndFloods(const std::map<std::string, int64_t>& since,
                           bool hastens, int64_t growth) const {
  int64_t allowance = options_.allowance;
  if (hastens) {
    int64_t most = 0;
    for (const auto& [peer, bytes] : since) most = std::max(most, bytes);
    allowance =
        std::min(allowance, std::max(options_.least_allowance, most / 2));
  }
  std::map<std::string, std::string> why;
  for (const auto& [peer, bytes] : since) {
    if (bytes <= allowance) continue;
    why[peer] = absl::StrFormat(
        "sent %.3g MB in which no call begins while the memory grew by %d MB",
        static_cast<double>(bytes) / 1e6, growth >> 20);
  }
  if (!why.empty()) options_.end(why);
}

}  // namespace isoshape
