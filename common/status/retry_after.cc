#include "common/status/retry_after.h"

#include <cstdint>
#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/string_view.h"
#include "common/status/wire_format.h"

namespace isoshape {
namespace {

constexpr char kRetryInfo[] = "type.googleapis.com/google.rpc.RetryInfo";
constexpr int kRetryDelay = 1;           // of RetryInfo
constexpr int kSeconds = 1, kNanos = 2;  // of google.protobuf.Duration
// More is no time that anybody waits.
constexpr uint64_t kMaxSeconds = 86'400;

}  // namespace

void SetRetryAfter(absl::Duration wait, absl::Status& status) {
  const int64_t nanos = absl::ToInt64Nanoseconds(wait);
  std::string delay;
  AddNumber(kSeconds, static_cast<uint64_t>(nanos / 1'000'000'000), delay);
  AddNumber(kNanos, static_cast<uint64_t>(nanos % 1'000'000'000), delay);
  std::string info;
  AddBytes(kRetryDelay, delay, info);
  status.SetPayload(kRetryInfo, absl::Cord(info));
}

std::optional<absl::Duration> RetryAfter(const absl::Status& status) {
  const auto payload = status.GetPayload(kRetryInfo);
  if (!payload.has_value()) return std::nullopt;
  const std::string info(*payload);
  absl::string_view fields = info;
  const std::optional<WireField> delay = TakeField(fields);
  if (!delay || delay->number != kRetryDelay) return std::nullopt;
  absl::Duration wait;
  for (absl::string_view left = delay->bytes; !left.empty();) {
    const std::optional<WireField> part = TakeField(left);
    if (!part) return std::nullopt;
    if (part->number == kSeconds && part->value <= kMaxSeconds) {
      wait += absl::Seconds(static_cast<int64_t>(part->value));
    } else if (part->number == kNanos && part->value < 1'000'000'000) {
      wait += absl::Nanoseconds(static_cast<int64_t>(part->value));
    } else {
      return std::nullopt;
    }
  }
  return wait;
}

}  // namespace isoshape
