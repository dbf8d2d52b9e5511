#include "common/net/request_id.h"

#include <cstdint>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace isoshape {

std::string NewRequestId() {
  constexpr uint64_t kMask = (uint64_t{1} << 48) - 1;
  std::random_device random;
  const auto now = static_cast<uint64_t>(absl::ToUnixMillis(absl::Now()));
  std::string id =
      absl::StrCat(absl::Hex(now & kMask, absl::kZeroPad12),
                   absl::Hex(static_cast<uint16_t>(random()), absl::kZeroPad4));
  for (int i = 0; i < 2; ++i) {
    absl::StrAppend(
        &id, absl::Hex(static_cast<uint32_t>(random()), absl::kZeroPad8));
  }
  return id;
}

}  // namespace isoshape
