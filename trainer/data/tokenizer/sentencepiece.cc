#include <sentencepiece_processor.h>

#include <stdexcept>

#include "trainer/data/tokenizer/module.h"

namespace isoshape {
namespace {

// What SentencePiece writes for a space, U+2581.
constexpr std::string_view kSpace = "\xe2\x96\x81";

class SentencePiece : public Tokenizer {
 public:
  explicit SentencePiece(const std::string& path) {
    const auto status = model_.Load(path);
    if (!status.ok()) {
      throw std::invalid_argument(
          "tokenizer " + path +
          " is no SentencePiece model that can be read; "
          "name what spm_train writes, tokenizer.model say");
    }
    for (int32_t token = 0; token < model_.GetPieceSize(); ++token) {
      text_bytes_.push_back(CountBytes(token));
    }
  }

  int64_t vocab() const override { return model_.GetPieceSize(); }

  void Append(std::string_view text,
              std::vector<int32_t>& tokens) const override {
    std::vector<int> encoded;
    const auto status = model_.Encode(text, &encoded);
    if (!status.ok()) throw std::runtime_error(status.ToString());
    tokens.insert(tokens.end(), encoded.begin(), encoded.end());
  }

  std::optional<int32_t> end() const override {
    const int token = model_.eos_id();
    return token < 0 ? std::nullopt : std::optional<int32_t>(token);
  }

  int64_t TextBytes(int32_t token) const override {
    return text_bytes_.at(static_cast<size_t>(token));
  }

 private:
  int64_t CountBytes(int32_t token) const {
    if (model_.IsControl(token)) return 0;
    // An unknown character: one byte at least.
    if (model_.IsByte(token) || model_.IsUnknown(token)) return 1;
    const std::string& piece = model_.IdToPiece(token);
    auto bytes = static_cast<int64_t>(piece.size());
    for (size_t at = piece.find(kSpace); at != std::string::npos;
         at = piece.find(kSpace, at + kSpace.size())) {
      bytes -= static_cast<int64_t>(kSpace.size()) - 1;
    }
    return bytes;
  }

  sentencepiece::SentencePieceProcessor model_;
  std::vector<int64_t> text_bytes_;
};

}  // namespace
}  // namespace isoshape

extern "C" const isoshape::Tokenizer* IsoshapeOpenSentencePiece(
    const char* path) {
  return new isoshape::SentencePiece(path);
}
