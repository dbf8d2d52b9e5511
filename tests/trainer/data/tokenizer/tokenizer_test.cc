#include "trainer/data/tokenizer/tokenizer.h"

#include <c10/core/CPUAllocator.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <iterator>
#include <stdexcept>

#include "tests/read_file.h"
#include "tests/temp_folder.h"
#include "tests/trainer/data/some_text.h"
#include "trainer/data/token_corpus.h"
#include "trainer/data/tokenizer/encode.h"

namespace isoshape {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Property;
using ::testing::Throws;

auto Refuses(const char* a, const char* b) {
  return Throws<std::exception>(
      Property(&std::exception::what, AllOf(HasSubstr(a), HasSubstr(b))));
}

class TokenizerTest : public ::testing::Test {
 protected:
  std::string Encode(const std::string& text, int threads) {
    std::filesystem::create_directories(folder_.path() + "/out");
    encoded_ = EncodeText(*tokenizer_, text, folder_.path() + "/out/tokens.npy",
                          threads);
    return folder_.path() + "/out";
  }
  std::vector<int32_t> Tokens(const std::string& text) const {
    std::vector<int32_t> tokens;
    tokenizer_->Append(text, tokens);
    return tokens;
  }

  const TempFolder folder_;
  const std::string text_ = SomeText(200'000, 1);
  const std::string model_ = ISOSHAPE_TOKENIZER;  // train_tokenizer.cc
  const std::unique_ptr<const Tokenizer> tokenizer_ = Tokenizer::Open(model_);
  EncodedText encoded_;
};

TEST_F(TokenizerTest, TokensStandForAllBytesOfTheText) {
  const std::string text =
      "a line\n\tof  text, \xc3\xa9\xe2\x82\xac \xf0\x9f\x99\x82";
  int64_t bytes = 0;
  for (const int32_t token : Tokens(text)) {
    EXPECT_LT(token, tokenizer_->vocab());
    bytes += tokenizer_->TextBytes(token);
  }
  EXPECT_EQ(bytes, static_cast<int64_t>(text.size()));
  EXPECT_EQ(tokenizer_->TextBytes(*tokenizer_->end()), 0);
}

TEST_F(TokenizerTest, EncodesTheSameWithAnyNumberOfThreads) {
  const std::string path = folder_.Write("t.txt", text_);
  const std::string one = ReadFile(Encode(path, 1) + "/tokens.npy");
  EXPECT_EQ(encoded_.bytes, 200'000);
  EXPECT_EQ(encoded_.documents, 1);
  EXPECT_EQ(ReadFile(Encode(path, 4) + "/tokens.npy"), one);
}

TEST_F(TokenizerTest, TrainingDataTellBytesOfTheirTokens) {
  const std::string data = Encode(folder_.Write("t.txt", text_), 2);
  EXPECT_EQ(TokenCorpus::Open(data)->facts().bytes_per_token, 0);
  std::filesystem::copy(model_, data + "/tokenizer.model");
  const auto corpus = TokenCorpus::Open(data);
  EXPECT_EQ(corpus->type(), TokenType::kUint16);
  EXPECT_EQ(corpus->facts().train_tokens + corpus->facts().held_out_tokens,
            encoded_.tokens);
  // That of the held-out tokens, which are a sample of all.
  const double all = 200'000.0 / static_cast<double>(encoded_.tokens);
  EXPECT_NEAR(corpus->facts().bytes_per_token, all, 0.05 * all);
}

TEST_F(TokenizerTest, ALineOfJsonIsADocument) {
  folder_.Write("d/a.jsonl", "{\"text\":\"the\\nend\"}\n\n{\"text\":\"\"}\n");
  folder_.Write("d/b.txt", "more");
  const std::string data = Encode(folder_.path() + "/d", 3);
  EXPECT_EQ(encoded_.documents, 3);
  EXPECT_EQ(encoded_.bytes, 11);
  const int32_t end = *tokenizer_->end();
  std::vector<int32_t> expected = Tokens("the\nend");
  expected.insert(expected.end(), {end, end});
  for (const int32_t token : Tokens("more")) expected.push_back(token);
  expected.push_back(end);
  const std::string file = ReadFile(data + "/tokens.npy");
  const auto* bytes = reinterpret_cast<const uint8_t*>(file.data());
  const TokenLayout layout =
      ReadTokenLayout("tokens.npy", bytes, static_cast<int64_t>(file.size()));
  std::vector<int32_t> tokens;
  ASSERT_TRUE(AppendTokens(layout.type, bytes + layout.offset, layout.count,
                           kMaxVocab, tokens));
  EXPECT_EQ(tokens, expected);
}

// A flag of LibTorch's that makes its errors fatal lies behind one that has the
// name of one of SentencePiece's.
TEST_F(TokenizerTest, LeavesTheGlobalsOfLibTorchAlone) {
  EXPECT_FALSE(Tokens("text").empty());
  EXPECT_THROW(c10::GetCPUAllocator()->allocate(size_t{1} << 50), c10::Error);
}

TEST_F(TokenizerTest, RefusesWhatIsNoTextInOneLine) {
  folder_.Write("bad.jsonl", "{\"text\":\"x\"}\n{\"txt\":1}\n");
  EXPECT_THAT([&] { Encode(folder_.path() + "/bad.jsonl", 2); },
              Refuses("bad.jsonl, line 2", "field \"text\""));
  folder_.Write("worse.jsonl", "no json\n");
  EXPECT_THAT([&] { Encode(folder_.path() + "/worse.jsonl", 1); },
              Refuses("worse.jsonl, line 1", "not JSON"));
  EXPECT_THAT([&] { Encode(model_, 1); }, Refuses("model", "is no text"));
  EXPECT_THAT([&] { Encode(folder_.Write("empty.txt", ""), 1); },
              Refuses("empty.txt", "is empty"));
  EXPECT_THAT([&] { Tokenizer::Open(folder_.path() + "/bad.jsonl"); },
              Refuses("bad.jsonl", "SentencePiece model"));
  EXPECT_THAT([&] { Tokenizer::Open(folder_.path() + "/none"); },
              Refuses("none", "is not there"));
  folder_.Write("text.jsonl.gz", std::string("\x1f\x8b\x08\0", 4) + text_);
  EXPECT_THAT([&] { Encode(folder_.path() + "/text.jsonl.gz", 1); },
              Refuses("text.jsonl.gz", "it is compressed (gzip)"));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() + "/out/tokens.npy"));
}

TEST_F(TokenizerTest, RefusesATokenizerThatIsNotThatOfTheData) {
  std::string npy =
      ReadFile(Encode(folder_.Write("t.txt", text_), 1) + "/tokens.npy");
  npy[npy.size() - 1] = 0x7f;  // the last token
  folder_.Write("wrong/tokens.npy", npy);
  std::filesystem::copy(model_, folder_.path() + "/wrong/tokenizer.model");
  EXPECT_THAT([&] { TokenCorpus::Open(folder_.path() + "/wrong"); },
              Refuses("wrong", "tokenizer.model has tokens 0 .. "));
  folder_.Write("text/t.txt", text_);
  std::filesystem::copy(model_, folder_.path() + "/text/tokenizer.model");
  EXPECT_THAT([&] { TokenCorpus::Open(folder_.path() + "/text"); },
              Refuses("text", "isoshape-trainer encode"));
}

}  // namespace
}  // namespace isoshape
