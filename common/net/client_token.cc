#include "common/net/client_token.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/process/environment.h"
#include "common/status/status_macros.h"
#include "common/threads/clock.h"

namespace isoshape {
namespace {

constexpr absl::Duration kReadInterval = absl::Seconds(1);
constexpr size_t kMaxToken = 4096;

}  // namespace

absl::StatusOr<std::string> ClientToken::Read() {
  const char* name = "ISOSHAPE_TOKEN_FILE";
  ISOSHAPE_ASSIGN_OR_RETURN(
      std::string token,
      FileNamedBy(name,
                  "name the file that 'isoshape token create' was written to"));
  if (token.empty()) {
    name = "ISOSHAPE_TOKEN";
    token = EnvironmentVariable(name);
    if (token.empty()) return "";
  }
  absl::StripAsciiWhitespace(&token);
  // Anything else would not be a header.
  const bool visible =
      !token.empty() && token.size() <= kMaxToken &&
      std::all_of(token.begin(), token.end(),
                  [](unsigned char c) { return absl::ascii_isgraph(c); });
  if (visible) return token;
  return absl::InvalidArgumentError(absl::StrCat(
      name, " holds no token; it is one word, iso_ and 43 characters"));
}

std::string ClientToken::Get() {
  const absl::Duration now = Clock::Real()->Elapsed();
  absl::MutexLock lock(&mutex_);
  if (now >= next_read_) {
    next_read_ = now + kReadInterval;
    absl::StatusOr<std::string> token = Read();
    if (token.ok()) token_ = *std::move(token);
  }
  return token_;
}

}  // namespace isoshape
