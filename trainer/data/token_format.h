#ifndef ISOSHAPE_TRAINER_DATA_TOKEN_FORMAT_H_
#define ISOSHAPE_TRAINER_DATA_TOKEN_FORMAT_H_

#include <cstdint>
#include <string>
#include <vector>

namespace isoshape {

// How a token is stored; little-endian.
enum class TokenType { kUint8, kUint16, kUint32, kInt32, kInt64 };

int64_t TokenBytes(TokenType type);
const char* TokenTypeName(TokenType type);

// Tokens beyond this are taken for a wrong format.
inline constexpr int64_t kMaxVocab = int64_t{1} << 24;

// Appends `count` tokens at `data`, which need not be aligned. Returns false if
// one is not in [0, vocab), vocab <= kMaxVocab.
[[nodiscard]] bool AppendTokens(TokenType type, const uint8_t* data,
                                int64_t count, int64_t vocab,
                                std::vector<int32_t>& tokens);

// The min and the max of `count` >= 1 tokens.
struct TokenRange {
  int64_t min = 0, max = 0;
};
TokenRange RangeOf(TokenType type, const uint8_t* data, int64_t count);

// Where the tokens of a file lie.
struct TokenLayout {
  TokenType type = TokenType::kUint8;
  int64_t offset = 0;  // bytes
  int64_t count = 0;   // tokens
};

// At most this many first bytes are looked at for a file's layout.
inline constexpr int64_t kMaxLayoutBytes = int64_t{1} << 17;

// Reads the layout of a file of `size` bytes from its name and `data`, its
// first bytes, kMaxLayoutBytes if it has so many:
//   *.bin  uint16 as nanoGPT writes them, or behind the header of llm.c
//          (magic 20240520 version 1: uint16; 20240801 version 7: uint32);
//   *.npy  a NumPy array of one dimension;
//   other  every byte is a token.
// Throws std::runtime_error, one line with the remedy, if the file is not what
// its name says.
TokenLayout ReadTokenLayout(const std::string& path, const uint8_t* data,
                            int64_t size);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_DATA_TOKEN_FORMAT_H_
