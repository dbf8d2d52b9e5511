#ifndef ISOSHAPE_TRAINER_DATA_TOKENIZER_MODULE_H_
#define ISOSHAPE_TRAINER_DATA_TOKENIZER_MODULE_H_

#include "trainer/data/tokenizer/tokenizer.h"

// What the module libisoshape-sentencepiece.so offers. It alone is linked
// against SentencePiece: a global of that, FLAGS_minloglevel, has the name of
// one of LibTorch's and another type, and where both are in one scope of names
// it overwrites those behind LibTorch's
// (docs/adr/0005-sentencepiece-in-a-module.md).

namespace isoshape {

inline constexpr char kSentencePieceModule[] = "libisoshape-sentencepiece.so";
inline constexpr char kOpenSentencePiece[] = "IsoshapeOpenSentencePiece";

// Tokenizer::Open, but for the caller to delete.
using OpenSentencePiece = const Tokenizer*(const char* path);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_DATA_TOKENIZER_MODULE_H_
