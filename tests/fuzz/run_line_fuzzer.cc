// Lines that a trainer is sent, of any bytes: the runs that they ask for can be
// trained, or they are refused in one line.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "tests/fuzz/fuzzer.h"
#include "trainer/protocol/replica_specs.h"

namespace isoshape {
namespace {

void Check(const nlohmann::json& line) {
  try {
    const std::vector<RunSpec> specs = ParseRunSpecs(line);
    Expect(!specs.empty(), "a line asks for nothing and is taken");
    for (const RunSpec& spec : specs) {
      Expect(spec.steps > 0 && spec.tokens_per_step > 0, "a run has no steps");
      Expect(spec.shape.depth > 0 && spec.shape.width > 0,
             "a run has no shape");
    }
    Expect(ReplicaProblem(specs).empty(),
           "runs are taken together that cannot be");
  } catch (const std::invalid_argument& error) {
    // The worker makes what it is told printable.
    const std::string message = error.what();
    Expect(!message.empty() && !absl::StrContains(message, '\n'),
           "a message is not one line");
  }
}

void Fuzz(const std::string& bytes) {
  const auto line = nlohmann::json::parse(bytes, nullptr, false);
  if (!line.is_object()) return;
  for (const std::string& run : RunsOf(line)) {
    Expect(run.size() <= bytes.size() * 6 + 8, "a run's name grew");
  }
  Check(line);
  Check(WithReplicas(line, 3));
}

}  // namespace
}  // namespace isoshape

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  isoshape::Fuzz(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
