#include "messages/trial/verifier_name.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "messages/names/name_parts.h"

namespace isoshape {

std::string VerifierId(uint64_t hash) {
  return absl::StrFormat("%s%016x", kVerifierPrefix, hash);
}

bool IsVerifier(absl::string_view name) {
  absl::ConsumePrefix(&name, "workers/");
  return absl::ConsumePrefix(&name, kVerifierPrefix) && name.size() == 16 &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

}  // namespace isoshape
