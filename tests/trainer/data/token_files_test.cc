// Files of tokens as nanoGPT, llm.c and NumPy write them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/temp_folder.h"
#include "tests/trainer/data/some_text.h"
#include "trainer/data/permutation.h"
#include "trainer/data/token_corpus.h"

namespace isoshape {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr int64_t kVocab = 5000;

// Tokens below kVocab, of which the greatest is kVocab - 1.
std::vector<int32_t> SomeTokens(int64_t count) {
  std::vector<int32_t> tokens = {kVocab - 1};
  for (uint64_t i = 1; i < static_cast<uint64_t>(count); ++i) {
    tokens.push_back(static_cast<int32_t>(Mix(i) % kVocab));
  }
  return tokens;
}

template <typename T>
std::string Bytes(const std::vector<int32_t>& tokens) {
  std::string bytes;
  for (const int32_t token : tokens) {
    const T value = static_cast<T>(token);
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  return bytes;
}

std::string LlmcHeader(int32_t magic, int32_t version, int32_t count) {
  std::vector<int32_t> header(256);
  header[0] = magic;
  header[1] = version;
  header[2] = count;
  return Bytes<int32_t>(header);
}

// What numpy.save writes, padded to 128 bytes.
std::string NpyHeader(const std::string& descr, const std::string& shape,
                      const std::string& fortran = "False") {
  std::string header = "{'descr': '" + descr +
                       "', 'fortran_order': " + fortran +
                       ", 'shape': " + shape + ", }";
  header.resize(117, ' ');
  header += '\n';
  return std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header;
}

// The shape of a row.
std::string Row(const std::vector<int32_t>& tokens) {
  std::string shape = "(";
  shape += std::to_string(tokens.size());
  return shape += ",)";
}

// All tokens, those of the training segments and those held out, sorted.
std::vector<int32_t> All(const TokenCorpus& corpus) {
  std::vector<int32_t> tokens;
  for (const Segment& segment : corpus.train()) {
    corpus.Append(segment, 0, segment.size, tokens);
  }
  corpus.Append(corpus.held_out(), 0, corpus.held_out().size, tokens);
  std::sort(tokens.begin(), tokens.end());
  return tokens;
}

struct Kind {
  const char* file;
  TokenType type;
  std::string (*write)(const std::vector<int32_t>& tokens);

  // For the test's name: without an address, so that it stays the same.
  friend void PrintTo(const Kind& kind, std::ostream* out) {
    *out << kind.file;
  }
};

class TokenFilesTest : public testing::TestWithParam<Kind> {
 protected:
  TempFolder folder_;
};

TEST_P(TokenFilesTest, HoldTheTokensThatWereWritten) {
  // Short ones are copied behind another file, at an odd address; long ones are
  // mapped.
  for (const int64_t count : {20001, 1100000}) {
    std::vector<int32_t> tokens = SomeTokens(count);
    const std::string file =
        folder_.Write(GetParam().file, GetParam().write(tokens));
    const auto corpus = TokenCorpus::Open(file);
    EXPECT_EQ(corpus->type(), GetParam().type);
    EXPECT_EQ(corpus->facts().vocab, kVocab);
    EXPECT_EQ(corpus->facts().bytes_per_token, 0);
    EXPECT_NEAR(static_cast<double>(corpus->facts().held_out_tokens),
                static_cast<double>(count) / 16, 20000 / 16.0);
    EXPECT_EQ(corpus->facts().train_tokens + corpus->facts().held_out_tokens,
              count);
    std::sort(tokens.begin(), tokens.end());
    EXPECT_EQ(All(*corpus), tokens);
  }
}

TEST_P(TokenFilesTest, AreSplitByTheirContent) {
  const std::string first = GetParam().write(SomeTokens(5001));
  std::vector<int32_t> others = SomeTokens(7000);
  std::reverse(others.begin(), others.end());
  const std::string second = GetParam().write(others);
  const std::string ending(std::strchr(GetParam().file, '.'));
  const TempFolder one, other;
  one.Write("a" + ending, first);
  one.Write("b" + ending, second);
  other.Write("x" + ending, second);
  other.Write("y" + ending, first);
  const auto a = TokenCorpus::Open(one.path());
  const auto b = TokenCorpus::Open(other.path());
  EXPECT_EQ(a->facts().fingerprint, b->facts().fingerprint);
  std::vector<int32_t> held_out_a, held_out_b;
  a->Append(a->held_out(), 0, a->held_out().size, held_out_a);
  b->Append(b->held_out(), 0, b->held_out().size, held_out_b);
  EXPECT_EQ(held_out_a, held_out_b);
  EXPECT_EQ(All(*a), All(*b));
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, TokenFilesTest,
    testing::Values(
        Kind{"nanogpt.bin", TokenType::kUint16, Bytes<uint16_t>},
        Kind{"llmc.bin", TokenType::kUint16,
             [](const std::vector<int32_t>& tokens) {
               return LlmcHeader(20240520, 1,
                                 static_cast<int32_t>(tokens.size())) +
                      Bytes<uint16_t>(tokens);
             }},
        Kind{"llmc_llama.bin", TokenType::kUint32,
             [](const std::vector<int32_t>& tokens) {
               return LlmcHeader(20240801, 7,
                                 static_cast<int32_t>(tokens.size())) +
                      Bytes<uint32_t>(tokens);
             }},
        Kind{"u2.npy", TokenType::kUint16,
             [](const std::vector<int32_t>& tokens) {
               return NpyHeader("<u2", Row(tokens)) + Bytes<uint16_t>(tokens);
             }},
        Kind{"u4.npy", TokenType::kUint32,
             [](const std::vector<int32_t>& tokens) {
               return NpyHeader("<u4", Row(tokens)) + Bytes<uint32_t>(tokens);
             }},
        Kind{"i4.npy", TokenType::kInt32,
             [](const std::vector<int32_t>& tokens) {
               return NpyHeader("<i4", Row(tokens)) + Bytes<int32_t>(tokens);
             }},
        Kind{"i8.npy", TokenType::kInt64,
             [](const std::vector<int32_t>& tokens) {
               return NpyHeader("<i8", Row(tokens)) + Bytes<int64_t>(tokens);
             }}),
    [](const auto& param) {
      const std::string name = param.param.file;
      return name.substr(0, name.find('.')) +
             (name.ends_with("npy") ? "_npy" : "_bin");
    });

TEST(NpyTest, BytesAreTokensWithoutBeingText) {
  const TempFolder folder;
  const std::string file =
      folder.Write("u1.npy", NpyHeader("|u1", "(3000,)") + SomeText(3000, 1));
  const auto corpus = TokenCorpus::Open(file);
  EXPECT_EQ(corpus->facts().train_tokens + corpus->facts().held_out_tokens,
            3000);
}

// What a file that is not as its name says is refused with.
struct BadFile {
  const char* file;
  std::string content;
  const char* words[2];
};

TEST(TokenFilesRefusalTest, IsOneLineWithTheValueAndTheRemedy) {
  const BadFile files[] = {
      {"odd.bin", "abc", {"3 bytes", "another ending"}},
      {"version.bin",
       LlmcHeader(20240520, 2, 0),
       {"version 2", "version 1 is known"}},
      {"short.bin",
       LlmcHeader(20240520, 1, 10) + "abcd",
       {"promises 10 tokens", "copy or write it anew"}},
      {"text.npy", "Once upon a time", {"not a NumPy", "numpy.save"}},
      {"cut.npy",
       NpyHeader("<u2", "(5,)").substr(0, 50),
       {"ends within its header", "anew"}},
      {"float.npy", NpyHeader("<f4", "(5,)"), {"'<f4'", "astype"}},
      {"big.npy", NpyHeader(">u2", "(5,)"), {"'>u2'", "little-endian"}},
      {"square.npy",
       NpyHeader("<u2", "(5, 2)") + std::string(20, 'a'),
       {"(5, 2)", "reshape(-1)"}},
      {"scalar.npy", NpyHeader("<u2", "()") + "ab", {"()", "reshape(-1)"}},
      {"long.npy",
       NpyHeader("<u2", "(9223372036854775807,)") + "abcd",
       {"promises 9223372036854775807", "bytes for 2"}},
      {"negative.npy",
       NpyHeader("<i4", "(2,)") + Bytes<int32_t>({5, -100}),
       {"token -100", "write token ids"}},
      {"huge.npy",
       NpyHeader("<i4", "(2,)") + Bytes<int32_t>({5, 1 << 30}),
       {"token 1073741824", "16777215"}},
  };
  for (const BadFile& bad : files) {
    const TempFolder folder;
    const std::string path = folder.Write(bad.file, bad.content);
    EXPECT_THAT([&] { TokenCorpus::Open(path); },
                ThrowsMessage<std::runtime_error>(AllOf(
                    HasSubstr(bad.file), HasSubstr(bad.words[0]),
                    HasSubstr(bad.words[1]), testing::Not(HasSubstr("\n")))))
        << bad.file;
  }
}

TEST(TokenFilesRefusalTest, NamesBothFilesWhereKindsAreMixed) {
  const TempFolder folder;
  folder.Write("a.bin", "abcd");
  folder.Write("readme.md", "Tokens of a text.");
  EXPECT_THAT(
      [&] { TokenCorpus::Open(folder.path()); },
      ThrowsMessage<std::runtime_error>(AllOf(
          HasSubstr("uint16"), HasSubstr("a.bin"), HasSubstr("uint8"),
          HasSubstr("readme.md"), HasSubstr("keep one kind in a folder"))));
}

}  // namespace
}  // namespace isoshape
