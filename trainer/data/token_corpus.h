#ifndef ISOSHAPE_TRAINER_DATA_TOKEN_CORPUS_H_
#define ISOSHAPE_TRAINER_DATA_TOKEN_CORPUS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "trainer/data/data.h"
#include "trainer/data/data_files.h"
#include "trainer/data/held_out_split.h"
#include "trainer/data/token_format.h"
#include "trainer/data/tokenizer/tokenizer.h"

namespace isoshape {

// Neighbouring tokens of the data: a piece of a file and of those that it runs
// on into (DataFiles::RunsOn), or the held-out ones.
struct Segment {
  size_t file = 0;     // kHeldOut: those held out
  int64_t offset = 0;  // bytes
  int64_t size = 0;    // tokens

  static constexpr size_t kHeldOut = SIZE_MAX;
};

// Files of one kind of token (docs/data.md), split into training and held-out
// segments (held_out_split.h). The fingerprint is that of the content, of a
// tokenizer beside the tokens too, and follows neither the order nor the names
// of the files.
class TokenCorpus : public Data {
 public:
  // Reads a file, or all files below a folder in the order of their paths.
  // Throws std::runtime_error, one line with the remedy, if the path is
  // missing, unreadable, compressed, empty, one token throughout, not what its
  // name says, or changes meanwhile.
  static std::unique_ptr<const TokenCorpus> Open(const std::string& path);

  const DataFacts& facts() const override { return facts_; }
  std::string Change() const override;
  void CheckShape(const Shape& shape) const override;
  std::unique_ptr<BatchStream> Train(int64_t context, int64_t sequences,
                                     int64_t seed) const override;
  HeldOut Evaluation(int64_t context, int64_t sequences,
                     int64_t tokens) const override;

  TokenType type() const { return type_; }
  const std::vector<Segment>& train() const { return train_; }
  // The held-out blocks, joined in the order of their hashes.
  Segment held_out() const {
    return {Segment::kHeldOut, 0, facts_.held_out_tokens};
  }
  // Entropy of the held-out tokens, of at most the first 2^20 of them.
  const TokenEntropy& entropy() const { return entropy_; }

  // Appends `count` tokens of `segment` from token `begin` on. Throws
  // std::runtime_error, one line with the remedy, if the file has become
  // shorter, cannot be read, or has a token that it had not when it was opened:
  // such a one would be looked up outside of the embedding.
  void Append(const Segment& segment, int64_t begin, int64_t count,
              std::vector<int32_t>& tokens) const;

 private:
  // The tokens of one file.
  struct Part {
    size_t file;
    int64_t offset, size;  // bytes
  };

  TokenCorpus() = default;

  // Also opens the tokenizer, if there is one.
  std::vector<Part> ReadLayouts(const std::string& path);
  // Reads all tokens, once.
  std::vector<DataBlock> ReadBlocks(const std::string& path,
                                    const std::vector<Part>& parts);
  void AddTokenizer(size_t file);
  // Throws std::runtime_error if the tokens are not those of tokenizer_.
  void CheckTokenizer(const std::string& path) const;
  void Split(std::vector<DataBlock> blocks);
  void Describe();

  DataFiles files_;
  std::unique_ptr<const Tokenizer> tokenizer_;  // while the data are opened
  TokenType type_ = TokenType::kUint8;
  std::vector<Segment> train_;
  std::vector<uint8_t> held_out_;
  uint64_t hash_ = 0;  // of the content
  DataFacts facts_;
  TokenEntropy entropy_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_DATA_TOKEN_CORPUS_H_
