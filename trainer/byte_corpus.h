#ifndef ISOSHAPE_TRAINER_BYTE_CORPUS_H_
#define ISOSHAPE_TRAINER_BYTE_CORPUS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "trainer/text_files.h"

namespace isoshape {

// Neighbouring bytes of the text.
struct Segment {
  const uint8_t* data = nullptr;
  int64_t size = 0;  // bytes
};

// A text as bytes (vocabulary 256), split into training and held-out segments.
//
// The split follows the content and not the order of the files: every file is
// cut into blocks from its beginning, and the blocks whose hashes are smallest
// are held out, one byte in sixteen and at most 64 MiB. Equal blocks are always
// on the same side, so that no held-out block was seen in training. Immutable,
// so that threads may share it.
class ByteCorpus {
 public:
  // Reads a file, or all files below a folder in the order of their paths.
  // Throws std::runtime_error or std::invalid_argument, one line with the
  // remedy, where the path is missing, unreadable or empty.
  static ByteCorpus Open(const std::string& path);

  const std::vector<Segment>& train() const { return train_; }
  int64_t train_bytes() const { return train_bytes_; }
  // The held-out blocks, joined in the order of their hashes.
  const std::vector<uint8_t>& held_out() const { return held_out_; }

  // Entropy of held-out bytes under their own counts, nats per byte: of single
  // bytes, and given the byte before.
  double unigram_entropy() const { return unigram_entropy_; }
  double bigram_entropy() const { return bigram_entropy_; }

  // Identifies the content, whatever the order of the files; hexadecimal.
  const std::string& fingerprint() const { return fingerprint_; }

 private:
  ByteCorpus() = default;

  void Split(std::vector<TextBlock> blocks, int64_t bytes);
  void MeasureEntropy();

  TextFiles files_;
  std::vector<Segment> train_;
  int64_t train_bytes_ = 0;
  std::vector<uint8_t> held_out_;
  double unigram_entropy_ = 0, bigram_entropy_ = 0;
  std::string fingerprint_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_BYTE_CORPUS_H_
