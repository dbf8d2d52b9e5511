#ifndef ISOSHAPE_TRAINER_DATA_TOKENIZER_MODULE_H_
#define ISOSHAPE_TRAINER_DATA_TOKENIZER_MODULE_H_

#include "trainer/data/tokenizer/tokenizer.h"

// The interface of the module libisoshape-sentencepiece.so. It alone is linked
// against SentencePiece: one of its globals, FLAGS_minloglevel, has the name of
// one of LibTorch's and another type, and if both are in one scope of names, it
// overwrites the bytes behind LibTorch's
// (docs/adr/0005-sentencepiece-in-a-module.md).

namespace isoshape {

inline constexpr char kSentencePieceModule[] = "libisoshape-sentencepiece.so";
inline constexpr char kOpenSentencePiece[] = "IsoshapeOpenSentencePiece";

// Tokenizer::Open, but for the caller to delete.
using OpenSentencePiece = const Tokenizer*(const char* path);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_DATA_TOKENIZER_MODULE_H_
