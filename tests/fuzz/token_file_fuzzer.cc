// Files of tokens, of any bytes: what is read are tokens that can be told apart
// and shown, and what is refused is refused in one line.
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>

#include "access/token_file.h"
#include "tests/fuzz/fuzzer.h"
#include "tests/fuzz/scratch_file.h"

namespace isoshape {
namespace {

void Fuzz(const std::string& bytes) {
  static const ScratchFile& file = *new ScratchFile("tokens");
  file.Write(bytes);
  const auto read = ReadTokenFile(file.path());
  if (!read.ok()) {
    ExpectOneLine(read.status().message());
    Expect(read.status().code() == absl::StatusCode::kFailedPrecondition,
           "a file is refused as if it were our fault");
    return;
  }
  std::set<std::string> names;
  for (const TokenEntry& entry : *read) {
    Expect(names.insert(entry.name).second, "two tokens have one name");
    ExpectOneLine(entry.name);
    Expect(entry.hash.size() == 64 &&
               entry.hash.find_first_not_of("0123456789abcdef") ==
                   std::string::npos,
           "a hash is none");
    Expect(entry.role != Role::kNobody, "a token is nobody's");
    ExpectOneLine(ExpiryText(entry.expires));
  }
}

}  // namespace
}  // namespace isoshape

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  isoshape::Fuzz(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
