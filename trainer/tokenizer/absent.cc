// Where SentencePiece's header is missing.
#include <stdexcept>

#include "trainer/tokenizer/tokenizer.h"

namespace isoshape {

std::unique_ptr<const Tokenizer> Tokenizer::Open(const std::string&) {
  throw std::runtime_error(
      "this trainer was built without SentencePiece; install "
      "libsentencepiece-dev and build it again");
}

bool Tokenizer::Available() { return false; }

}  // namespace isoshape
