#include "access/access_policy.h"

#include <openssl/crypto.h>

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/files/file_stamp.h"
#include "common/status/status_macros.h"

namespace isoshape {
namespace {

constexpr absl::Duration kLookInterval = absl::Seconds(1);

// In a time that does not tell how much of them is equal.
bool AreEqual(const std::string& a, const std::string& b) {
  return a.size() == b.size() &&
         CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

absl::string_view BearerToken(absl::string_view authorization) {
  constexpr absl::string_view kScheme = "bearer ";
  if (!absl::StartsWithIgnoreCase(authorization, kScheme)) return "";
  return absl::StripAsciiWhitespace(authorization.substr(kScheme.size()));
}

absl::StatusOr<std::unique_ptr<AccessPolicy>> AccessPolicy::Make(
    Options options) {
  std::unique_ptr<AccessPolicy> policy(new AccessPolicy(std::move(options)));
  const std::string& path = policy->options_.tokens;
  absl::MutexLock lock(&policy->mutex_);
  policy->state_ = FileStamp(path);
  ISOSHAPE_ASSIGN_OR_RETURN(policy->entries_, ReadTokenFile(path));
  if (policy->entries_.empty()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the file of tokens ", path,
        " has none, so that nobody could do anything; make one with 'isoshape "
        "token create'"));
  }
  return policy;
}

void AccessPolicy::Refresh() {
  const absl::Duration now = options_.clock->Elapsed();
  if (now < next_look_) return;
  next_look_ = now + kLookInterval;
  std::string state = FileStamp(options_.tokens);
  const bool has_changed = state != state_;
  // What the text itself has wrong is so until it changes, and a long one is
  // not parsed anew each second while calls wait. All else may be a folder's,
  // or the machine's.
  if (!has_changed && (failure_.ok() || absl::IsFailedPrecondition(failure_))) {
    return;
  }
  state_ = std::move(state);
  absl::StatusOr<std::vector<TokenEntry>> read = ReadTokenFile(options_.tokens);
  const bool is_told = !has_changed && read.status() == failure_;
  failure_ = read.status();
  if (options_.on_read && !is_told) options_.on_read(failure_);
  if (read.ok()) entries_ = *std::move(read);
}

const TokenEntry* AccessPolicy::Find(absl::string_view token) {
  const std::string hash = TokenHash(token);
  const TokenEntry* found = nullptr;
  for (const TokenEntry& entry : entries_) {
    if (AreEqual(entry.hash, hash)) found = &entry;
  }
  return found;
}

std::function<absl::Status()> AccessPolicy::Standing(absl::string_view token,
                                                     Role needed,
                                                     absl::string_view what) {
  return [this, token = std::string(token), needed, what = std::string(what)] {
    return Check(token, needed, what);
  };
}

std::string AccessPolicy::NameOf(absl::string_view token) {
  if (token.empty()) return "";
  absl::MutexLock lock(&mutex_);
  const TokenEntry* const known = Find(token);
  return known == nullptr ? "" : known->name;
}

absl::Status AccessPolicy::Check(absl::string_view token, Role needed,
                                 absl::string_view what) {
  if (needed == Role::kNobody) return absl::OkStatus();
  if (token.empty()) {
    return absl::UnauthenticatedError(
        "this coordinator wants a token: set ISOSHAPE_TOKEN_FILE to a file "
        "that holds one, or ISOSHAPE_TOKEN; 'isoshape token create' makes "
        "them");
  }
  absl::MutexLock lock(&mutex_);
  Refresh();
  const TokenEntry* const known = Find(token);
  if (known == nullptr) {
    return absl::UnauthenticatedError(
        "the token is unknown to this coordinator or was revoked; 'isoshape "
        "token create' makes another");
  }
  if (known->expires <= options_.clock->Now()) {
    return absl::UnauthenticatedError(absl::StrCat(
        "the token ", known->name, " expired at ", ExpiryText(known->expires),
        "; 'isoshape token create' makes another"));
  }
  if (known->role < needed) {
    return absl::PermissionDeniedError(absl::StrCat(
        "the token ", known->name, " has the role ", RoleName(known->role),
        ", and ", what, " takes ", RoleName(needed)));
  }
  return absl::OkStatus();
}

}  // namespace isoshape
