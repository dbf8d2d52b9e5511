#ifndef ISOSHAPE_TRAINER_DATA_TOKEN_CORPUS_H_
#define ISOSHAPE_TRAINER_DATA_TOKEN_CORPUS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "trainer/data/data.h"
#include "trainer/data/data_files.h"
#include "trainer/data/token_format.h"
#include "trainer/data/tokenizer/tokenizer.h"

namespace isoshape {

// Neighbouring tokens of the data, as they are stored.
struct Segment {
  const uint8_t* data = nullptr;
  int64_t size = 0;  // tokens
};

// Files of one kind of token (docs/data.md), split into training and held-out
// segments.
//
// The split follows the content and not the order of the files: every file is
// cut into blocks from its beginning, and the blocks whose hashes are smallest
// are held out, one token in sixteen and at most 64 MiB. Equal blocks are
// always on the same side, so that no held-out block was seen in training.
class TokenCorpus : public Data {
 public:
  // Reads a file, or all files below a folder in the order of their paths.
  // Throws std::runtime_error or std::invalid_argument, one line with the
  // remedy, if the path is missing, unreadable, empty, or not what its name
  // says.
  static std::unique_ptr<const TokenCorpus> Open(const std::string& path);

  const DataFacts& facts() const override { return facts_; }
  void CheckShape(const Shape& shape) const override;
  std::unique_ptr<BatchStream> Train(int64_t context, int64_t sequences,
                                     int64_t seed) const override;
  HeldOut Evaluation(int64_t context, int64_t sequences,
                     int64_t tokens) const override;

  TokenType type() const { return type_; }
  const std::vector<Segment>& train() const { return train_; }
  // The held-out blocks, joined in the order of their hashes.
  Segment held_out() const {
    return {held_out_.data(), facts_.held_out_tokens};
  }
  // Entropy of the held-out tokens, of at most the first 2^20 of them.
  const TokenEntropy& entropy() const { return entropy_; }

  // Appends `count` tokens of `segment` from token `begin` on.
  void Append(const Segment& segment, int64_t begin, int64_t count,
              std::vector<int32_t>& tokens) const;

 private:
  // The tokens of one file.
  struct Part {
    const uint8_t* data;
    int64_t size;  // bytes
  };

  TokenCorpus() = default;

  std::vector<Part> ReadLayouts(const std::string& path);
  void Split(const std::vector<Part>& parts, int64_t bytes);
  // Throws std::invalid_argument if the tokens are not those of tokenizer_.
  void CheckTokenizer(const std::string& path) const;
  void Describe();

  DataFiles files_;
  std::unique_ptr<const Tokenizer> tokenizer_;  // while the data are opened
  TokenType type_ = TokenType::kUint8;
  std::vector<Segment> train_;
  std::vector<uint8_t> held_out_;
  DataFacts facts_;
  TokenEntropy entropy_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_DATA_TOKEN_CORPUS_H_
