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

std::map<std::string, int64_t> FloodWatch::FindFast(
    const std::map<std::string, int64_t>& received) {
  const double periods = absl::FDivDuration(due_ - found_fast_, options_.calm);
  const double allowed = static_cast<double>(options_.calm_allowance) * periods;
  std::map<std::string, int64_t> callless;
  fast_.clear();
  for (const auto& [peer, bytes] : received) {
    // One that has come since has sent all of it since.
    const auto before = sent_calm_.find(peer);
    const int64_t sent =
        bytes - (before == sent_calm_.end() ? 0 : before->second);
    if (static_cast<double>(sent) <= allowed) continue;
    fast_.insert(peer);
    if (!begun_calm_.contains(peer)) callless[peer] = sent;
  }
  sent_calm_ = received;
  found_fast_ = due_;
  begun_calm_.clear();
  return callless;
}

void FloodWatch::Look() {
  const int64_t resident = options_.resident();
  const int64_t growth = Growth(resident);
  const bool hastens =
      growth >= options_.much && resident - last_ >= options_.haste;
  last_ = resident;
  const bool grows = growth >= options_.growth;
  const absl::Duration time = options_.clock->Elapsed();
  const bool due = time - due_ >= options_.calm;
  if (due) due_ = time;
  const bool watched = watching_;
  watching_ = grows || due || !fast_.empty();
  std::set<std::string> begun;
  {
    // Before the bytes are asked for, so that calls that begin meanwhile count.
    absl::MutexLock lock(&mutex_);
    begun.swap(begun_);
  }
  std::optional<std::map<std::string, int64_t>> received;
  if (watching_) received = options_.received();
  {
    // Calls that began while this asked for the bytes; the next look has them
    // too, for some of their bytes came after.
    absl::MutexLock lock(&mutex_);
    begun.insert(begun_.begin(), begun_.end());
  }
  begun_calm_.insert(begun.begin(), begun.end());
  // If it cannot be told, nothing is known of the past of any at the next look.
  std::map<std::string, int64_t> callless;
  if (due && received.has_value()) callless = FindFast(*received);
  watching_ = received.has_value() && (grows || !fast_.empty());
  if (!watching_) {
    sent_.clear();
    return;
  }
  std::map<std::string, int64_t> now = *std::move(received), since;
  for (auto& [peer, bytes] : now) {
    if (begun.contains(peer) || (!grows && !fast_.contains(peer))) continue;
    const auto known = callless.find(peer);
    int64_t sent = known == callless.end() ? 0 : known->second;
    // What has come since this began to look at all has no other past.
    if (watched) {
      const auto before = sent_.find(peer);
      sent =
          std::max(sent, bytes - (before == sent_.end() ? 0 : before->second));
    }
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
  const std::string while_what =
      growth >= options_.growth
          ? absl::StrFormat("while the memory grew by %d MB", growth >> 20)
          : absl::StrFormat("faster than %.0f kB a second",
                            static_cast<double>(options_.calm_allowance) / 1e3 /
                                absl::ToDoubleSeconds(options_.calm));
  std::map<std::string, std::string> why;
  for (const auto& [peer, bytes] : since) {
    if (bytes <= allowance) continue;
    why[peer] = absl::StrFormat("sent %.3g MB in which no call begins, %s",
                                static_cast<double>(bytes) / 1e6, while_what);
  }
  if (!why.empty()) options_.end(why);
}

}  // namespace isoshape
