#include "access/token_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <functional>
#include <unordered_set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/files/replace_file.h"
#include "common/files/sha256.h"
#include "common/files/small_file.h"
#include "common/status/status_macros.h"
#include "common/text/counted.h"
#include "common/text/id_text.h"
#include "common/text/one_line.h"
#include "common/text/time_text.h"

namespace isoshape {
namespace {

constexpr absl::string_view kHeader =
    "# Tokens of an isoshape coordinator, by their hashes: NAME ROLE EXPIRES "
    "HASH.\n# Written by 'isoshape token'; read again when it changes.\n";
constexpr size_t kMaxName = 64;

absl::Status CheckName(absl::string_view name) {
  if (IsId(name, kMaxName)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "token name '", OneLine(name, 100),
      "' is not 1 to 64 letters, digits, '-', '_' and '.'; give for example "
      "gpu-fleet"));
}

bool IsHash(absl::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isdigit(static_cast<unsigned char>(c)) ||
                  (c >= 'a' && c <= 'f');
         });
}

absl::StatusOr<TokenEntry> ParseLine(absl::string_view line) {
  const std::vector<std::string> fields =
      absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
  if (fields.size() != 4) {
    return absl::InvalidArgumentError(
        absl::StrCat(Counted(std::ssize(fields), "field"),
                     ", not NAME ROLE EXPIRES HASH; write it by "
                     "'isoshape token create'"));
  }
  TokenEntry entry;
  entry.name = fields[0];
  ISOSHAPE_RETURN_IF_ERROR(CheckName(entry.name));
  const std::optional<Role> role = ParseRole(fields[1]);
  if (!role.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("role '", OneLine(fields[1], 100),
                     "' is none of viewer, worker, operator, admin"));
  }
  entry.role = *role;
  if (fields[2] != "never" && !absl::ParseTime(absl::RFC3339_full, fields[2],
                                               &entry.expires, nullptr)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "expiry '", OneLine(fields[2], 100),
        "' is neither never nor a time such as 2027-01-31T00:00:00Z"));
  }
  entry.hash = fields[3];
  if (!IsHash(entry.hash)) {
    return absl::InvalidArgumentError(
        "the hash is not 64 hexadecimal digits; the token itself does not "
        "belong into this file");
  }
  return entry;
}

absl::Status Unwritable(const std::string& path) {
  return absl::ErrnoToStatus(
      errno, absl::StrCat("the file of tokens ", path, " cannot be written"));
}

absl::Status Unreadable(const std::string& path) {
  return absl::PermissionDeniedError(absl::StrCat(
      "the file of tokens ", path,
      " may not be read by this user; run as its owner, or give it to the user "
      "that the coordinator runs as, and let that user enter the folders above "
      "it"));
}

// Holds the file of that path, made if it is missing, against other writers.
class Lock {
 public:
  static absl::StatusOr<Lock> Take(const std::string& path) {
    while (true) {
      const int handle =
          open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
      if (handle < 0) return Unwritable(path);
      Lock lock(handle);
      if (flock(handle, LOCK_EX) != 0) return Unwritable(path);
      // Whoever held it may have put another file in its place.
      struct stat held = {}, now = {};
      if (fstat(handle, &held) == 0 && stat(path.c_str(), &now) == 0 &&
          held.st_ino == now.st_ino) {
        return lock;
      }
    }
  }
  Lock(Lock&& other) noexcept : handle_(std::exchange(other.handle_, -1)) {}
  Lock& operator=(Lock&&) = delete;
  ~Lock() {
    if (handle_ >= 0) close(handle_);
  }

 private:
  explicit Lock(int handle) : handle_(handle) {}
  int handle_;
};

// The new file has the owner and the mode of the old one: a coordinator that
// runs as another user must be able to read it. A token that was revoked must
// not be back after a loss of power.
absl::Status Replace(const std::string& path, absl::string_view text) {
  switch (ReplaceWhole(path, text, Durability::kOfPower)) {
    case Replacement::kDone:
      return absl::OkStatus();
    case Replacement::kOtherOwner:
      return absl::PermissionDeniedError(absl::StrCat(
          "the file of tokens ", path,
          " cannot keep its owner and group; run as root, or as its owner and "
          "a member of its group"));
    default:
      return Unwritable(path);
  }
}

// Changes the entries of the file as a whole, or not at all.
absl::Status Rewrite(
    const std::string& path,
    const std::function<absl::Status(std::vector<TokenEntry>&)>& change) {
  // It is written anew and put in its place, which a device is not to be.
  struct stat there = {};
  if (stat(path.c_str(), &there) == 0 && !S_ISREG(there.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the file of tokens ", path, " is no regular file; name another"));
  }
  ISOSHAPE_ASSIGN_OR_RETURN(const Lock lock, Lock::Take(path));
  ISOSHAPE_ASSIGN_OR_RETURN(std::vector<TokenEntry> entries,
                            ReadTokenFile(path));
  ISOSHAPE_RETURN_IF_ERROR(change(entries));
  std::string text(kHeader);
  for (const TokenEntry& entry : entries) {
    absl::StrAppend(&text, entry.name, " ", RoleName(entry.role), " ",
                    ExpiryText(entry.expires), " ", entry.hash, "\n");
  }
  return Replace(path, text);
}

}  // namespace

std::string ExpiryText(absl::Time expires) {
  return expires == absl::InfiniteFuture() ? "never" : UtcText(expires);
}

std::string TokenHash(absl::string_view token) {
  return absl::BytesToHexString(Sha256(token));
}

absl::StatusOr<std::vector<TokenEntry>> ReadTokenFile(const std::string& path) {
  struct stat status = {};
  if (stat(path.c_str(), &status) != 0) {
    if (errno == EACCES) return Unreadable(path);
    return absl::ErrnoToStatus(
        errno, absl::StrCat("the file of tokens ", path,
                            " cannot be read; 'isoshape token create' makes "
                            "it"));
  }
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return absl::PermissionDeniedError(
        absl::StrCat("the file of tokens ", path,
                     " can be written by others; chmod 600 it"));
  }
  constexpr int64_t kMaxBytes = int64_t{64} << 20;  // half a million tokens
  const absl::StatusOr<std::string> text = ReadSmallFile(path, kMaxBytes);
  if (absl::IsPermissionDenied(text.status())) return Unreadable(path);
  ISOSHAPE_RETURN_IF_ERROR(text.status());
  std::vector<TokenEntry> entries;
  std::unordered_set<std::string> names, hashes;
  int number = 0;
  for (const absl::string_view line : absl::StrSplit(*text, '\n')) {
    ++number;
    const absl::string_view stripped = absl::StripAsciiWhitespace(line);
    if (stripped.empty() || stripped[0] == '#') continue;
    absl::StatusOr<TokenEntry> entry = ParseLine(stripped);
    if (!entry.ok()) {
      return absl::FailedPreconditionError(
          absl::StrCat(path, ":", number, ": ", entry.status().message()));
    }
    // Refusals and events name a token, so its name is one token's.
    if (!names.insert(entry->name).second ||
        !hashes.insert(entry->hash).second) {
      return absl::FailedPreconditionError(absl::StrCat(
          path, ":", number, ": the token ", entry->name,
          " has the name or the hash of one above; remove one of them"));
    }
    entries.push_back(*std::move(entry));
  }
  return entries;
}

absl::StatusOr<std::string> CreateToken(const std::string& path,
                                        absl::string_view name, Role role,
                                        absl::Time expires) {
  ISOSHAPE_RETURN_IF_ERROR(CheckName(name));
  std::array<char, 32> secret = {};
  if (getentropy(secret.data(), secret.size()) != 0) {
    return absl::ErrnoToStatus(errno, "this machine gives no random numbers");
  }
  std::string token = absl::StrCat(
      "iso_", absl::WebSafeBase64Escape({secret.data(), secret.size()}));
  ISOSHAPE_RETURN_IF_ERROR(Rewrite(path, [&](std::vector<TokenEntry>& entries) {
    for (const TokenEntry& entry : entries) {
      if (entry.name != name) continue;
      return absl::AlreadyExistsError(
          absl::StrCat("there is a token ", name,
                       " already; revoke it or choose another name"));
    }
    entries.push_back({.name = std::string(name),
                       .role = role,
                       .expires = expires,
                       .hash = TokenHash(token)});
    return absl::OkStatus();
  }));
  return token;
}

absl::Status RevokeToken(const std::string& path, absl::string_view name) {
  return Rewrite(path, [&](std::vector<TokenEntry>& entries) {
    if (std::erase_if(entries, [&](const TokenEntry& entry) {
          return entry.name == name;
        }) > 0) {
      return absl::OkStatus();
    }
    return absl::NotFoundError(
        absl::StrCat("there is no token ", OneLine(name, 100), " in ", path,
                     "; 'isoshape token list' shows those that there are"));
  });
}

}  // namespace isoshape
