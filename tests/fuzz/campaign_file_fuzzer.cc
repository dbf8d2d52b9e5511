// Campaign files, of any bytes: read, or refused in one line that begins with
// the file.
#include <cstddef>
#include <cstdint>
#include <string>

#include "cli/flags/campaign_file.h"
#include "isoshape/v1/campaign.pb.h"
#include "messages/json/proto_json.h"
#include "tests/fuzz/fuzzer.h"
#include "tests/fuzz/message_mutator.h"

namespace isoshape {
namespace {

void Fuzz(const std::string& bytes) {
  const auto file = ParseCampaignFile("c.yaml", bytes);
  if (file.ok()) {
    Expect(!ToJson(file->campaign).dump().empty(),
           "a campaign cannot be written");
    return;
  }
  ExpectRefusalOf("c.yaml", file.status().message());
}

}  // namespace
}  // namespace isoshape

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  isoshape::Fuzz(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size,
                                          size_t max_size, unsigned int seed) {
  return isoshape::MutateJsonInput(*isoshape::v1::Campaign::descriptor(), data,
                                   size, max_size, seed);
}
