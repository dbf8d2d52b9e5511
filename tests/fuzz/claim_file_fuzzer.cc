// Files of claims, of any bytes: read, or refused in one line that begins with
// the file.
#include <cstddef>
#include <cstdint>
#include <string>

#include "claims/check_claim.h"
#include "cli/claims/claim_files.h"
#include "isoshape/v1/claim.pb.h"
#include "messages/json/proto_json.h"
#include "tests/fuzz/fuzzer.h"
#include "tests/fuzz/message_mutator.h"

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

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size,
                                          size_t max_size, unsigned int seed) {
  return isoshape::MutateJsonInput(*isoshape::v1::Claim::descriptor(), data,
                                   size, max_size, seed);
}
