#ifndef ISOSHAPE_ACCESS_TOKEN_FILE_H_
#define ISOSHAPE_ACCESS_TOKEN_FILE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "access/role.h"

namespace isoshape {

// What the coordinator keeps of a token: enough to know it, too little to use
// it.
struct TokenEntry {
  std::string name;  // `gpu-fleet`; letters, digits, `-`, `_`, `.`
  Role role = Role::kViewer;
  absl::Time expires = absl::InfiniteFuture();
  std::string hash;  // SHA-256 of the token's text, 64 hexadecimal digits
};

// A file of tokens, a line each: `NAME ROLE EXPIRES HASH`, EXPIRES as RFC 3339
// or `never`; blank lines and those from `#` on are skipped.
//
// FAILED_PRECONDITION with the line's number and what is wrong; NOT_FOUND if
// there is no such file; PERMISSION_DENIED if others may write it.
absl::StatusOr<std::vector<TokenEntry>> ReadTokenFile(const std::string& path);

// A new token of 256 random bits, `iso_…`, which is told here alone: the file
// gets its hash. Makes the file, readable by its owner alone, if it is missing.
// ALREADY_EXISTS if the name is taken, INVALID_ARGUMENT if it is no name.
absl::StatusOr<std::string> CreateToken(const std::string& path,
                                        absl::string_view name, Role role,
                                        absl::Time expires);
// NOT_FOUND if there is none of that name.
absl::Status RevokeToken(const std::string& path, absl::string_view name);

// When a token ends, as the file has it: `never` for the infinite future.
std::string ExpiryText(absl::Time expires);

// The hash by which a token is known.
std::string TokenHash(absl::string_view token);

}  // namespace isoshape

#endif  // ISOSHAPE_ACCESS_TOKEN_FILE_H_
