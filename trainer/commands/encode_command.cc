#include "trainer/commands/encode_command.h"

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "machine/cpus.h"
#include "trainer/commands/flags.h"
#include "trainer/data/tokenizer/encode.h"
#include "trainer/files/durable_file.h"

namespace isoshape {
namespace {

namespace fs = std::filesystem;

constexpr char kUsage[] =
    R"(usage: isoshape-trainer encode --tokenizer MODEL --text PATH --out DIR

Encodes text with a SentencePiece model, once, into a folder to train on
(docs/data.md): tokens.npy, and the model as tokenizer.model.

  --tokenizer MODEL   what spm_train writes, or a published tokenizer.model
  --text PATH         a file, or a folder with all files below it; *.jsonl holds
                      a document a line, its field "text"
  --out DIR           made if it is missing, its two files replaced
  --threads N         0: all cores (default)
)";

std::string ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string content{std::istreambuf_iterator<char>(file), {}};
  if (!file) throw std::runtime_error("cannot read " + path);
  return content;
}

void Encode(const std::string& model, const std::string& text,
            const std::string& out, int threads) {
  const auto tokenizer = Tokenizer::Open(model);
  std::error_code error;
  fs::create_directories(out, error);
  if (error) {
    throw std::runtime_error("cannot make " + out + ": " + error.message());
  }
  const std::string copy = ReadWhole(model);
  const fs::path folder(out);
  const EncodedText encoded =
      EncodeText(*tokenizer, text, (folder / "tokens.npy").string(), threads);
  ReplaceFile((folder / "tokenizer.model").string(),
              {std::as_bytes(std::span(copy))});
  std::cout << encoded.tokens << " tokens below " << tokenizer->vocab()
            << " from " << encoded.documents << " documents of "
            << encoded.bytes << " bytes\n";
}

}  // namespace

int RunEncode(int argc, const char* const* argv) {
  std::string model, text, out;
  int64_t threads = 0;
  if (!ReadFlags(argc, argv, kUsage,
                 {{"--tokenizer", Into(model)},
                  {"--text", Into(text)},
                  {"--out", Into(out)},
                  {"--threads", [&](const std::string& value) {
                     threads = ParseWhole("--threads", value, 0, 1024);
                   }}})) {
    return 0;
  }
  if (model.empty() || text.empty() || out.empty()) {
    throw std::invalid_argument(
        "encode needs --tokenizer, --text and --out; see encode --help");
  }
  if (threads == 0) {
    threads = UsableCpus();
  }
  Encode(model, text, out, static_cast<int>(threads));
  return 0;
}

}  // namespace isoshape
