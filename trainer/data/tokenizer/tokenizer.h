#ifndef ISOSHAPE_TRAINER_DATA_TOKENIZER_TOKENIZER_H_
#define ISOSHAPE_TRAINER_DATA_TOKENIZER_TOKENIZER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isoshape {

// A SentencePiece model (Kudo and Richardson 2018, arXiv 1808.06226): what
// turns text into tokens. Immutable, so that threads may share it.
class Tokenizer {
 public:
  // Reads a model, as spm_train writes it. Throws std::runtime_error or
  // std::invalid_argument, one line with the remedy, if the file cannot be
  // read, is no such model, or the trainer was built without SentencePiece.
  static std::unique_ptr<const Tokenizer> Open(const std::string& path);
  // Whether the trainer was built with SentencePiece (module.h). Loads it.
  static bool Available();

  virtual ~Tokenizer() = default;

  // Every token is below it.
  virtual int64_t vocab() const = 0;
  // Appends the tokens of `text`. Merging pairs takes more than linear time:
  // cut long texts.
  virtual void Append(std::string_view text,
                      std::vector<int32_t>& tokens) const = 0;
  // The token that ends a document; nothing if the model has none.
  virtual std::optional<int32_t> end() const = 0;
  // Bytes of text that a token stands for: 0 for control tokens.
  virtual int64_t TextBytes(int32_t token) const = 0;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_DATA_TOKENIZER_TOKENIZER_H_
