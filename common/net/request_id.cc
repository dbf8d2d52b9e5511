#include "common/net/request_id.h"

#include <cstdint>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace isoshape {

std::string RandomBits() {
  std::random_device random;
  std::string bits;
  for (int i = 0; i < 4; ++i) {
    absl::StrAppend(
        &bits, absl::Hex(static_cast<uint32_t>(random()), absl::kZeroPad8));
  }
  return bits;
}

std::string NewRequestId() {
  constexpr uint64_t kMask = (uint64_t{1} << 48) - 1;
  const auto now = static_cast<uint64_t>(absl::ToUnixMillis(absl::Now()));
  return absl::StrCat(absl::Hex(now & kMask, absl::kZeroPad12),
                      RandomBits().substr(0, 20));
}

}  // namespace isoshape
