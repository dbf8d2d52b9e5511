#include "common/retry_delay.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/cord.h"
#include "common/wire_format.h"

namespace isoshape {
namespace {

constexpr char kRetryInfo[] = "type.googleapis.com/google.rpc.RetryInfo";
// Fields of google.rpc.RetryInfo and google.protobuf.Duration.
constexpr int kRetryDelay = 1;
constexpr int kSeconds = 1, kNanos = 2;
constexpr absl::Duration kLongest = absl::Minutes(1);

}  // namespace

absl::Status WithRetryDelay(absl::Status status, absl::Duration delay) {
  absl::Duration rest;
  const int64_t seconds = absl::IDivDuration(delay, absl::Seconds(1), &rest);
  std::string duration;
  AddWireNumber(kSeconds, static_cast<uint64_t>(seconds), duration);
  AddWireNumber(kNanos, static_cast<uint64_t>(absl::ToInt64Nanoseconds(rest)),
                duration);
  std::string info;
  AddWireBytes(kRetryDelay, duration, info);
  status.SetPayload(kRetryInfo, absl::Cord(info));
  return status;
}

absl::Duration RetryDelayOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kRetryInfo);
  if (!payload.has_value()) return absl::ZeroDuration();
  const std::string bytes(*payload);
  absl::string_view info = bytes;
  absl::Duration delay;
  while (!info.empty()) {
    const std::optional<WireField> field = TakeWireField(info);
    if (!field) return absl::ZeroDuration();
    if (field->number != kRetryDelay) continue;
    absl::string_view duration = field->bytes;
    while (!duration.empty()) {
      const std::optional<WireField> part = TakeWireField(duration);
      if (!part) return absl::ZeroDuration();
      // What is negative is a number beyond all bounds here.
      const auto value =
          static_cast<int64_t>(std::min<uint64_t>(part->value, 1'000'000'000));
      if (part->number == kSeconds) delay += absl::Seconds(value);
      if (part->number == kNanos) delay += absl::Nanoseconds(value);
    }
  }
  return std::min(delay, kLongest);
}

}  // namespace isoshape
