#ifndef ISOSHAPE_TRAINER_DATA_TOKENIZER_ENCODE_H_
#define ISOSHAPE_TRAINER_DATA_TOKENIZER_ENCODE_H_

#include <cstdint>
#include <string>

#include "trainer/data/tokenizer/tokenizer.h"

namespace isoshape {

struct EncodedText {
  int64_t documents = 0, bytes = 0, tokens = 0;
};

// Encodes text with `threads` threads into a row of tokens, a NumPy array:
// uint16 if the vocabulary fits, uint32 otherwise.
//
//   text    a file, or a folder with all files below it: *.jsonl holds a
//           document a line, its field "text"; any other file is a document
//   output  the path of the .npy file; replaced, or left as it was
//
// Throws std::runtime_error or std::invalid_argument, one line with the file
// (and the line of a *.jsonl) and the remedy.
EncodedText EncodeText(const Tokenizer& tokenizer, const std::string& text,
                       const std::string& output, int threads);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_DATA_TOKENIZER_ENCODE_H_
