#include "trainer/data/token_format.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <stdexcept>

namespace isoshape {
namespace {

static_assert(std::endian::native == std::endian::little,
              "token files are little-endian");

[[noreturn]] void Refuse(const std::string& path, const std::string& why) {
  throw std::runtime_error("data " + path + ": " + why);
}

template <typename T>
T Load(const uint8_t* data) {
  T value;
  std::memcpy(&value, data, sizeof value);
  return value;
}

// Calls `visit` with the value of each token.
template <typename T, typename Visit>
void VisitAll(const uint8_t* data, int64_t count, const Visit& visit) {
  for (int64_t i = 0; i < count; ++i) {
    visit(static_cast<int64_t>(
        Load<T>(data + i * static_cast<int64_t>(sizeof(T)))));
  }
}

template <typename Visit>
void VisitTokens(TokenType type, const uint8_t* data, int64_t count,
                 const Visit& visit) {
  switch (type) {
    case TokenType::kUint8:
      return VisitAll<uint8_t>(data, count, visit);
    case TokenType::kUint16:
      return VisitAll<uint16_t>(data, count, visit);
    case TokenType::kUint32:
      return VisitAll<uint32_t>(data, count, visit);
    case TokenType::kInt32:
      return VisitAll<int32_t>(data, count, visit);
    case TokenType::kInt64:
      return VisitAll<int64_t>(data, count, visit);
  }
}

// llm.c, dev/data/data_common.py: 256 int32, of which magic, version and the
// number of tokens are used.
constexpr int64_t kLlmcHeaderBytes = int64_t{256} * 4;
constexpr int32_t kLlmcGpt2 = 20240520;
constexpr int32_t kLlmcLlama3 = 20240801;

TokenLayout ReadBin(const std::string& path, const uint8_t* data,
                    int64_t size) {
  const int32_t magic =
      size >= kLlmcHeaderBytes ? Load<int32_t>(data) : int32_t{0};
  if (magic == kLlmcGpt2 || magic == kLlmcLlama3) {
    const bool gpt2 = magic == kLlmcGpt2;
    const int32_t version = Load<int32_t>(data + 4);
    if (version != (gpt2 ? 1 : 7)) {
      Refuse(path, "it has version " + std::to_string(version) +
                       " of llm.c's token files, and version " +
                       (gpt2 ? "1" : "7") + " is known; write it anew as that");
    }
    TokenLayout layout{gpt2 ? TokenType::kUint16 : TokenType::kUint32,
                       kLlmcHeaderBytes, Load<int32_t>(data + 8)};
    const int64_t expected =
        kLlmcHeaderBytes + layout.count * TokenBytes(layout.type);
    if (size != expected) {
      Refuse(path, "its header promises " + std::to_string(layout.count) +
                       " tokens, which are " + std::to_string(expected) +
                       " bytes, and it has " + std::to_string(size) +
                       "; copy or write it anew");
    }
    return layout;
  }
  if (size % 2 != 0) {
    Refuse(path, "it has " + std::to_string(size) +
                     " bytes, and a .bin file holds uint16 tokens; give it "
                     "another ending if its bytes are the tokens");
  }
  return {TokenType::kUint16, 0, size / 2};
}

// The text behind `'key':` in the header of a .npy file, up to `end`.
std::string HeaderValue(const std::string& header, const std::string& key,
                        char end) {
  const size_t found = header.find("'" + key + "':");
  if (found == std::string::npos) return "";
  const size_t begin = header.find_first_not_of(' ', found + key.size() + 3);
  if (begin == std::string::npos) return "";
  return header.substr(begin, header.find(end, begin + 1) - begin);
}

// NumPy's format 1 to 3: magic, version, length of the header, a Python
// dictionary of descr, fortran_order and shape.
TokenLayout ReadNpy(const std::string& path, const uint8_t* data,
                    int64_t size) {
  const int64_t prefix = size > 6 && data[6] >= 2 ? 12 : 10;
  if (size < prefix || std::memcmp(data, "\x93NUMPY", 6) != 0) {
    Refuse(path, "it is not a NumPy array; write it with numpy.save");
  }
  const int64_t length = prefix == 12 ? int64_t{Load<uint32_t>(data + 8)}
                                      : int64_t{Load<uint16_t>(data + 8)};
  if (length > std::min(size, kMaxLayoutBytes) - prefix) {
    Refuse(path, "it ends within its header; copy or write it anew");
  }
  const std::string header(reinterpret_cast<const char*>(data) + prefix,
                           static_cast<size_t>(length));
  TokenLayout layout;
  layout.offset = prefix + length;

  const std::string descr = HeaderValue(header, "descr", ',');
  if (descr == "'|u1'") {
    layout.type = TokenType::kUint8;
  } else if (descr == "'<u2'") {
    layout.type = TokenType::kUint16;
  } else if (descr == "'<u4'") {
    layout.type = TokenType::kUint32;
  } else if (descr == "'<i4'") {
    layout.type = TokenType::kInt32;
  } else if (descr == "'<i8'") {
    layout.type = TokenType::kInt64;
  } else {
    Refuse(path, "its elements are " + descr +
                     ", none of uint8, uint16, uint32, int32, int64 "
                     "(little-endian); convert it with astype");
  }
  const std::string shape = HeaderValue(header, "shape", ')');
  const char* end = shape.data() + shape.size();
  const auto [rest, error] =
      std::from_chars(shape.data() + !shape.empty(), end, layout.count);
  if (error != std::errc() || std::string(rest, end) != "," ||
      HeaderValue(header, "fortran_order", ',') != "False") {
    Refuse(path, "its shape is " + shape +
                     "), not a row of tokens; flatten it with reshape(-1)");
  }
  const int64_t bytes = size - layout.offset;
  const int64_t count = bytes / TokenBytes(layout.type);
  if (layout.count != count || bytes % TokenBytes(layout.type) != 0) {
    Refuse(path, "its header promises " + std::to_string(layout.count) +
                     " tokens and it has bytes for " + std::to_string(count) +
                     "; copy or write it anew");
  }
  return layout;
}

}  // namespace

int64_t TokenBytes(TokenType type) {
  switch (type) {
    case TokenType::kUint8:
      return 1;
    case TokenType::kUint16:
      return 2;
    case TokenType::kUint32:
    case TokenType::kInt32:
      return 4;
    case TokenType::kInt64:
      break;
  }
  return 8;
}

const char* TokenTypeName(TokenType type) {
  switch (type) {
    case TokenType::kUint8:
      return "uint8";
    case TokenType::kUint16:
      return "uint16";
    case TokenType::kUint32:
      return "uint32";
    case TokenType::kInt32:
      return "int32";
    case TokenType::kInt64:
      break;
  }
  return "int64";
}

bool AppendTokens(TokenType type, const uint8_t* data, int64_t count,
                  int64_t vocab, std::vector<int32_t>& tokens) {
  const size_t size = tokens.size();
  tokens.resize(size + static_cast<size_t>(count));
  int32_t* next = tokens.data() + size;
  bool wrong = false;
  VisitTokens(type, data, count, [&, vocab](int64_t token) {
    wrong |= static_cast<uint64_t>(token) >= static_cast<uint64_t>(vocab);
    *next++ = static_cast<int32_t>(token);
  });
  return !wrong;
}

TokenRange RangeOf(TokenType type, const uint8_t* data, int64_t count) {
  TokenRange range{INT64_MAX, INT64_MIN};
  VisitTokens(type, data, count, [&range](int64_t token) {
    range.min = std::min(range.min, token);
    range.max = std::max(range.max, token);
  });
  return range;
}

TokenLayout ReadTokenLayout(const std::string& path, const uint8_t* data,
                            int64_t size) {
  if (path.ends_with(".bin")) return ReadBin(path, data, size);
  if (path.ends_with(".npy")) return ReadNpy(path, data, size);
  return {TokenType::kUint8, 0, size};
}

}  // namespace isoshape
