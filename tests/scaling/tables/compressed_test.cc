#include "scaling/tables/compressed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <string>

#include "scaling/runs/run_file.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;
using ::std::string_literals::operator""s;

std::string Gzip(const std::string& text) {
  z_stream stream = {};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + 16, 8,
                         Z_DEFAULT_STRATEGY),
            Z_OK);
  std::string bytes(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = text.size();
  stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_out = bytes.size();
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  bytes.resize(stream.total_out);
  deflateEnd(&stream);
  return bytes;
}

std::string Zstd(const std::string& text) {
  std::string bytes(ZSTD_compressBound(text.size()), '\0');
  bytes.resize(
      ZSTD_compress(bytes.data(), bytes.size(), text.data(), text.size(), 3));
  return bytes;
}

std::string ErrorOf(const std::string& bytes, size_t most = kMaxRunText) {
  const auto text = Decompressed(bytes, "f", most);
  EXPECT_EQ(text.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(text.status().message());
}

TEST(CompressedTest, GzipAndZstdAreToldByTheirFirstBytes) {
  std::string text;
  for (int i = 0; i < 100000; ++i) text += std::to_string(i * 7919 % 10007);
  for (const std::string& once : {text, ""s, "a"s}) {
    EXPECT_EQ(*Decompressed(once, "f"), once);
    EXPECT_EQ(*Decompressed(Gzip(once), "f"), once);
    EXPECT_EQ(*Decompressed(Zstd(once), "f"), once);
    // Members and frames one after another; padding after them.
    EXPECT_EQ(*Decompressed(Gzip(once) + Gzip("b") + "\0\0"s, "f"), once + "b");
    EXPECT_EQ(*Decompressed(Zstd(once) + Zstd("b"), "f"), once + "b");
  }
}

TEST(CompressedTest, DamagedDataAreRefused) {
  const std::string text(5000, 'x');
  for (const std::string& whole : {Gzip(text), Zstd(text)}) {
    for (size_t size = 4; size < whole.size(); ++size) {
      EXPECT_THAT(ErrorOf(whole.substr(0, size)), HasSubstr("end early"));
    }
  }
  std::string wrong = Gzip(text);
  wrong[wrong.size() - 6] ^= 1;  // in the checksum
  EXPECT_THAT(ErrorOf(wrong), HasSubstr("damaged (incorrect data check)"));
}

TEST(CompressedTest, TextHasALimit) {
  const std::string text(300000, '0');
  for (const std::string& bytes : {Gzip(text), Zstd(text), text}) {
    EXPECT_THAT(ErrorOf(bytes, 299999), HasSubstr("the most that is read"));
    EXPECT_TRUE(Decompressed(bytes, "f", 300000).ok());
  }
  // Members one after another: one of so much text takes long to make.
  const std::string member = Gzip(std::string(kMaxRunText / 16, '0'));
  std::string members;
  for (int i = 0; i < 16; ++i) members += member;
  EXPECT_THAT(ErrorOf(members + Gzip("0")),
              HasSubstr("more than 256 MiB of text"));
}

TEST(CompressedTest, OtherFormatsAreRefusedByName) {
  EXPECT_EQ(ErrorOf("\xFD"
                    "7zXZ\0\0"s),
            "f: it is xz data, which is not read here; decompress it first");
  EXPECT_THAT(ErrorOf("PK\x03\x04zip"), HasSubstr("zip archive"));
  EXPECT_THAT(ErrorOf("BZh91AY"), HasSubstr("bzip2"));
  EXPECT_THAT(ErrorOf("PAR1\x15"), HasSubstr("Parquet"));
  EXPECT_THAT(ErrorOf("PAR1\x15"), HasSubstr("read_parquet"));
  EXPECT_EQ(ErrorOf("version https://git-lfs.github.com/spec/v1\noid x\n"),
            "f: it is a pointer of Git LFS, which is not read here; fetch the "
            "file itself by git lfs pull");
  EXPECT_THAT(ErrorOf("<!DOCTYPE html><html>404"),
              HasSubstr("page of the web"));
  EXPECT_THAT(ErrorOf("\xFF\xFE\0\0a\0\0\0"s), HasSubstr("UTF-32"));
}

TEST(CompressedTest, WhatIsCompressedTwiceOrHoldsNoTextIsRefused) {
  for (const std::string& twice :
       {Gzip(Gzip("a")), Gzip(Zstd("a")), Zstd(Gzip("a"))}) {
    EXPECT_EQ(ErrorOf(twice),
              "f: it is compressed twice; decompress it once, by gunzip or "
              "unzstd");
  }
  EXPECT_THAT(ErrorOf(Gzip("PK\x03\x04zip")), HasSubstr("zip archive"));
  EXPECT_EQ(ErrorOf(Gzip("runs.csv" + std::string(249, '\0') + "ustar\0"s)),
            "f: it is a tar archive, which is not read here; unpack it");
}

TEST(CompressedTest, RunsAreReadFromCompressedFiles) {
  const std::string csv = "params,tokens,loss\n1,2,3\n";
  EXPECT_EQ(ReadRuns(Gzip(csv), "f", {})->runs.rows(), 1);
  EXPECT_EQ(ReadRuns(Zstd(csv), "f", {})->runs.rows(), 1);
}

}  // namespace
}  // namespace isoshape
