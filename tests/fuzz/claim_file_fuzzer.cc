// Files of claims, of any bytes: read, or refused in one line that begins with
// the file.
#include <cstddef>
#include <cstdint>
#include <string>

#include "claims/check_claim.h"
#include "cli/claims/claim_files.h"
#include "messages/json/proto_json.h"
#include "tests/fuzz/fuzzer.h"

namespace isoshape {
namespace {

void Fuzz(const std::string& bytes) {
  const auto claim = ParseClaimFile("c.yaml", bytes);
  if (claim.ok()) {
    Expect(!ToJson(*claim).dump().empty(), "a claim cannot be written");
    Expect(CheckClaim(*claim).ok(), "a claim is read that is none");
    return;
  }
  ExpectRefusalOf("c.yaml", claim.status().message());
}

}  // namespace
}  // namespace isoshape

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  isoshape::Fuzz(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
