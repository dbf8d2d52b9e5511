// Checkpoints, of any bytes: as they are; and as the metadata of a file that is
// whole otherwise and whose sum is right, which no search finds. What is read
// can be gone on from, and any other is refused in one line that names the
// file.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "tests/fuzz/fuzzer.h"
#include "tests/fuzz/scratch_file.h"
#include "trainer/files/hash.h"
#include "trainer/files/safetensors.h"
#include "trainer/model/parameter_layout.h"
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

// The tensors of SmallRun, in the order in which the sum takes them.
std::vector<TensorView> Tensors() {
  static const std::vector<float>& values = *new std::vector<float>(1000);
  std::vector<TensorView> tensors;
  const ParameterLayout layout = LayOutParameters(SmallRun("").shape);
  for (const char* const prefix : {"weights.", "means.", "squares."}) {
    for (const ParameterSlot& slot : layout.parameters) {
      tensors.push_back(
          {prefix + slot.name, slot.sizes,
           std::span(values).first(static_cast<size_t>(slot.count))});
    }
  }
  return tensors;
}

void Read(const CheckpointStore& store, const std::string& path) {
  try {
    const auto read = store.Read();
    Expect(read.has_value(), "a file is taken for none");
    Expect(read->state.weights.size() == read->state.means.size(),
           "a state is half there");
    Expect(read->state.step >= 0 && read->state.step <= SmallRun("").steps,
           "a run goes on outside itself");
    Expect(std::isfinite(read->progress.norm_sum), "a sum is no number");
  } catch (const std::runtime_error& error) {
    ExpectOneLine(error.what());
    Expect(absl::StrContains(error.what(), path),
           "a message does not name the file");
  }
}

void Fuzz(const std::string& bytes) {
  static const ScratchFile& file = *new ScratchFile("checkpoint.safetensors");
  static const CheckpointStore& store =
      *new CheckpointStore(SmallRun(file.folder()), "fingerprint");
  static const std::vector<TensorView>& tensors =
      *new std::vector<TensorView>(Tensors());
  file.Write(bytes);
  Read(store, file.path());
  if (!IsUtf8(bytes)) return;  // the metadata are JSON
  uint64_t sum = HashBytes(bytes.data(), static_cast<int64_t>(bytes.size()));
  for (const TensorView& tensor : tensors) {
    sum = HashBytes(tensor.values.data(),
                    static_cast<int64_t>(tensor.values.size_bytes()), sum);
  }
  WriteSafetensors(
      file.path(), tensors,
      {{"isoshape", bytes}, {"isoshape_checksum", std::to_string(sum)}});
  Read(store, file.path());
}

}  // namespace
}  // namespace isoshape

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  isoshape::Fuzz(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
