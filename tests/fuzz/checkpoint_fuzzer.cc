// Checkpoints, of any bytes: one that was written is read as it was, and any
// other is refused in one line that names the file.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "absl/strings/match.h"
#include "tests/fuzz/fuzzer.h"
#include "tests/fuzz/scratch_file.h"
#include "trainer/run/checkpoint.h"

namespace isoshape {
namespace {

RunSpec SmallRun(const std::string& folder) {
  RunSpec spec;
  spec.run = "c1/1";
  spec.shape.depth = 1;
  spec.shape.width = 8;
  spec.shape.heads = 1;
  spec.shape.kv_heads = 1;
  spec.shape.ffn_width = 8;
  spec.shape.head_dim = 8;
  spec.shape.vocab = 8;
  spec.shape.context = 8;
  spec.steps = 4;
  spec.tokens_per_step = 8;
  spec.checkpoint_path = folder;
  return spec;
}

void Fuzz(const std::string& bytes) {
  static const ScratchFile& file = *new ScratchFile("checkpoint.safetensors");
  file.Write(bytes);
  const CheckpointStore store(SmallRun(file.folder()), "fingerprint");
  try {
    const auto read = store.Read();
    Expect(read.has_value(), "a file is taken for none");
    Expect(read->state.weights.size() == read->state.means.size(),
           "a state is half there");
    Expect(std::isfinite(read->progress.norm_sum), "a sum is no number");
  } catch (const std::runtime_error& error) {
    ExpectOneLine(error.what());
    Expect(absl::StrContains(error.what(), file.path()),
           "a message does not name the file");
  }
}

}  // namespace
}  // namespace isoshape

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  isoshape::Fuzz(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
