// Filters of trials, of any bytes: read, or refused in one short line.
#include <cstddef>
#include <cstdint>
#include <string>

#include "coordinator/table/trial_filter.h"
#include "tests/fuzz/fuzzer.h"

namespace isoshape {
namespace {

void Fuzz(const std::string& text) {
  const auto filter = ParseTrialFilter(text);
  if (filter.ok()) return;
  ExpectOneLine(filter.status().message());
  Expect(filter.status().code() == absl::StatusCode::kInvalidArgument,
         "a filter is refused as if it were our fault");
  Expect(filter.status().message().size() < 1000, "a message has no bound");
}

}  // namespace
}  // namespace isoshape

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  isoshape::Fuzz(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
