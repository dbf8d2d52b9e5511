#include "trainer/files/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <stdexcept>

#include "tests/read_file.h"
#include "tests/temp_folder.h"

namespace isoshape {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

// A file with this header and 8 bytes of values.
std::string WithHeader(const std::string& header) {
  const uint64_t length = header.size();
  std::string text(sizeof length, '\0');
  std::memcpy(text.data(), &length, sizeof length);
  return text + header + std::string(8, '\0');
}

TEST(SafetensorsTest, ReadsWhatItWrote) {
  const TempFolder folder;
  const std::string path = folder.path() + "/x.safetensors";
  const std::vector<float> one = {1, -2, 3, 0.5f, 1e-40f, 6}, other = {7};
  WriteSafetensors(path, {{"b", {2, 3}, one}, {"a", {1}, other}},
                   {{"format", "pt"}});
  const Safetensors read = ReadSafetensors(path);
  ASSERT_EQ(read.tensors.size(), 2u);
  EXPECT_THAT(read.tensors.at("b").sizes, ElementsAre(2, 3));
  EXPECT_EQ(read.tensors.at("b").values, one);
  EXPECT_THAT(read.tensors.at("a").sizes, ElementsAre(1));
  EXPECT_EQ(read.tensors.at("a").values, other);
  EXPECT_EQ(read.metadata.at("format"), "pt");
}

// A name or a type of somebody else's file reaches a log and a terminal.
TEST(SafetensorsTest, QuotesAFileInOneLineOfAscii) {
  const TempFolder folder;
  const auto refuses = [&](const std::string& header, const std::string& why) {
    const std::string file = folder.Write("file", WithHeader(header));
    EXPECT_THAT([&] { ReadSafetensors(file); },
                ThrowsMessage<std::runtime_error>(
                    file + " is damaged or no safetensors file: " + why));
  };
  refuses("{\"\\u0017\x7f\xc3\xa9\":{\"dtype\":\"\\n\"}}",
          R"(tensor "\u0017\u007f\u00e9" has type "\n" and not F32)");
  refuses(
      R"({"a":{"dtype":")" + std::string(500, 'F') + R"("}})",
      "tensor \"a\" has type \"" + std::string(199, 'F') + "... and not F32");
}

// What walks through nested lists calls itself for each.
TEST(SafetensorsTest, AHeaderThatIsNestedWithoutEndIsNone) {
  const TempFolder folder;
  const std::string deep(500'000, '[');
  const std::string file =
      folder.Write("file", WithHeader(R"({"a":{"dtype":)" + deep +
                                      std::string(deep.size(), ']') + "}}"));
  EXPECT_THAT([&] { ReadSafetensors(file); },
              ThrowsMessage<std::runtime_error>(
                  HasSubstr("its header is not a JSON object")));
}

TEST(SafetensorsTest, TheHeaderComesFirstAndItsValuesAreAligned) {
  const TempFolder folder;
  const std::string path = folder.path() + "/x.safetensors";
  const std::vector<float> values = {1};
  WriteSafetensors(path, {{"a", {1}, values}}, {});
  const std::string content = ReadFile(path);
  uint64_t length = 0;
  std::memcpy(&length, content.data(), sizeof length);
  EXPECT_EQ(length % 8, 0u);
  EXPECT_EQ(content.size(), 8 + length + 4);
  EXPECT_THAT(
      content.substr(8, length),
      HasSubstr(R"("a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]})"));
}

TEST(SafetensorsTest, NamesAFileThatIsCutOffOrForeign) {
  const TempFolder folder;
  const std::string path = folder.path() + "/x.safetensors";
  const std::vector<float> values = {1, 2};
  WriteSafetensors(path, {{"a", {2}, values}}, {});
  const std::string whole = ReadFile(path);
  for (size_t size = 0; size < whole.size(); ++size) {
    const std::string cut = folder.Write("cut", whole.substr(0, size));
    EXPECT_THAT(
        [&] { ReadSafetensors(cut); },
        ThrowsMessage<std::runtime_error>(HasSubstr(cut + " is damaged")))
        << size;
  }
  const auto refuses = [&](const std::string& content, const char* why) {
    const std::string file = folder.Write("file", content);
    EXPECT_THAT([&] { ReadSafetensors(file); },
                ThrowsMessage<std::runtime_error>(HasSubstr(why)))
        << content;
  };
  refuses(whole + "x", "1 bytes lie behind its last tensor");
  refuses("#!/bin/bash\necho hello\n", "is damaged or no safetensors file");
  refuses(WithHeader("[1]"), "its header is not a JSON object");
  refuses(
      WithHeader(R"({"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}})"),
      "tensor \"a\" has type \"F64\" and not F32");
  refuses(
      WithHeader(R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})"),
      "tensor \"a\" lies at bytes 0 to 8 and its shape asks for 12");
  refuses(
      WithHeader(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})"),
      "tensor \"a\" lies at bytes 4 to 8 of 8");
  refuses(WithHeader(R"({"a":{"dtype":"F32","shape":[2]}})"),
          "the entry of tensor \"a\"");
  // 2^62 values, if an end before the beginning were taken.
  refuses(
      WithHeader(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                 R"("b":{"dtype":"F32","shape":[-2],"data_offsets":[8,0]}})"),
      "tensor \"b\" lies at bytes 8 to 0");
  refuses(WithHeader(R"({"__metadata__":{"a":1}})"),
          "its metadata are not text");
  EXPECT_THAT([&] { ReadSafetensors("/no/such"); },
              ThrowsMessage<std::runtime_error>(
                  HasSubstr("cannot read /no/such: No such file")));
}

}  // namespace
}  // namespace isoshape
