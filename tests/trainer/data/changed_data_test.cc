// Files that change, vanish, shrink or are compressed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/temp_folder.h"
#include "tests/trainer/data/some_text.h"
#include "trainer/data/permutation.h"
#include "trainer/data/token_corpus.h"

namespace isoshape {
namespace {

namespace fs = std::filesystem;

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

// So many that the file is not copied into memory.
constexpr int64_t kTokens = 700000;

std::string Tokens(uint64_t seed, uint32_t vocab) {
  std::string bytes;
  for (int64_t i = 0; i < kTokens; ++i) {
    const uint64_t token = Mix(Mix(seed) + static_cast<uint64_t>(i)) % vocab;
    bytes += static_cast<char>(token & 0xff);
    bytes += static_cast<char>(token >> 8);
  }
  return bytes;
}

// Writes into the file as it is, so that it stays the same file.
void Overwrite(const std::string& path, const std::string& content) {
  std::fstream(path, std::ios::in | std::ios::out | std::ios::binary)
      << content;
}

// A time of change that no clock's resolution hides.
void MoveTime(const std::string& path) {
  fs::last_write_time(path,
                      fs::last_write_time(path) + std::chrono::seconds(1));
}

TEST(ChangedDataTest, ATokenThatWasNotThereIsRefusedWhenItIsRead) {
  const TempFolder folder;
  const std::string path = folder.Write("tokens.bin", Tokens(1, 250));
  const auto corpus = TokenCorpus::Open(path);
  const Segment segment = corpus->train().front();
  std::vector<int32_t> tokens;
  corpus->Append(segment, 0, 100, tokens);
  Overwrite(path, Tokens(1, 60000));
  EXPECT_THAT([&] { corpus->Append(segment, 0, 100, tokens); },
              ThrowsMessage<std::runtime_error>(
                  AllOf(HasSubstr(path), HasSubstr("outside of 0 .. 249"),
                        HasSubstr("give other data another path"))));
}

TEST(ChangedDataTest, NegativeTokensAreOutsideToo) {
  const TempFolder folder;
  std::string header =
      "{'descr': '<i4', 'fortran_order': False, 'shape': (300000,), }";
  header.resize(117, ' ');
  header = std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header + "\n";
  std::string values;
  for (uint64_t i = 0; i < 300000; ++i) {
    values += static_cast<char>(Mix(i) % 200);
    values += std::string(3, '\0');
  }
  const std::string path = folder.Write("tokens.npy", header + values);
  const auto corpus = TokenCorpus::Open(path);
  Overwrite(path, header + std::string(values.size(), '\xff'));
  std::vector<int32_t> tokens;
  EXPECT_THAT(
      [&] { corpus->Append(corpus->train().front(), 0, 10, tokens); },
      ThrowsMessage<std::runtime_error>(HasSubstr("outside of 0 .. 199")));
}

TEST(ChangedDataTest, AFileThatShrinksIsAnErrorAndNoSignal) {
  const TempFolder folder;
  const std::string path = folder.Write("tokens.bin", Tokens(1, 250));
  const auto corpus = TokenCorpus::Open(path);
  fs::resize_file(path, 4096);
  const Segment last = corpus->train().back();
  std::vector<int32_t> tokens;
  EXPECT_THAT([&] { corpus->Append(last, last.size - 100, 100, tokens); },
              ThrowsMessage<std::runtime_error>(
                  AllOf(HasSubstr(path), HasSubstr("became shorter"))));
  EXPECT_THAT(corpus->Change(), HasSubstr(path + " changed"));
}

TEST(ChangedDataTest, WhatChangedIsNamed) {
  const TempFolder folder;
  folder.Write("a", SomeText(5000, 1));
  const std::string b = folder.Write("b", SomeText(5000, 2));
  const auto corpus = TokenCorpus::Open(folder.path());
  EXPECT_EQ(corpus->Change(), "");
  MoveTime(b);
  EXPECT_THAT(corpus->Change(), HasSubstr(b + " changed since"));
  // Only touched: the content is what it was.
  EXPECT_EQ(DataWatch(folder.path(), *corpus).Change().what, "");
  fs::remove(b);
  EXPECT_THAT(corpus->Change(), HasSubstr(b + " is gone since"));
  EXPECT_THAT(DataWatch(folder.path(), *corpus).Change().what,
              HasSubstr("is gone"));
  const auto rest = TokenCorpus::Open(folder.path());
  const std::string early = folder.Write("0", "new text");
  EXPECT_THAT(rest->Change(), HasSubstr(early + " is new since"));
  fs::remove(early);
  const std::string late = folder.Write("z", "new text");
  EXPECT_THAT(rest->Change(), HasSubstr(late + " is new since"));
  fs::remove_all(folder.path());
  EXPECT_THAT(rest->Change(), HasSubstr("it is not there"));
}

TEST(ChangedDataTest, AnotherFileUnderTheNameIsNoticedWhateverItsTime) {
  const TempFolder folder;
  const std::string path = folder.Write("text", SomeText(5000, 1));
  const auto corpus = TokenCorpus::Open(path);
  const auto time = fs::last_write_time(path);
  const std::string other = folder.Write("other", SomeText(5000, 2));
  fs::last_write_time(other, time);
  fs::rename(other, path);
  EXPECT_THAT(corpus->Change(), HasSubstr(path + " changed since"));
  EXPECT_THAT(DataWatch(path, *corpus).Change().what,
              HasSubstr(path + " changed since"));
}

// rsync --inplace -t, cp -p, touch -d.
TEST(ChangedDataTest, AFileThatIsWrittenOverIsNoticedThoughItsTimeIsPutBack) {
  const TempFolder folder;
  const std::string path = folder.Write("text", SomeText(5000, 1));
  const auto corpus = TokenCorpus::Open(path);
  const auto time = fs::last_write_time(path);
  struct stat before, after;
  ASSERT_EQ(stat(path.c_str(), &before), 0);
  do {  // until the clock of the file system has gone on
    Overwrite(path, SomeText(5000, 2));
    fs::last_write_time(path, time);
    ASSERT_EQ(stat(path.c_str(), &after), 0);
  } while (after.st_ctim.tv_sec == before.st_ctim.tv_sec &&
           after.st_ctim.tv_nsec == before.st_ctim.tv_nsec);
  EXPECT_THAT(corpus->Change(), HasSubstr(path + " changed since"));
  EXPECT_THAT(DataWatch(path, *corpus).Change().what,
              HasSubstr(path + " changed since"));
}

// Bytes that this process has read so far.
int64_t BytesRead() {
  std::ifstream counts("/proc/self/io");
  std::string name;
  int64_t count = 0;
  counts >> name >> count;
  EXPECT_EQ(name, "rchar:");
  return count;
}

TEST(ChangedDataTest, AFileThatIsTouchedIsReadAgainOnceAndNotAtEachLook) {
  const TempFolder folder;
  const std::string path = folder.Write("tokens.bin", Tokens(1, 250));
  const auto corpus = TokenCorpus::Open(path);
  DataWatch watch(path, *corpus);
  const int64_t begin = BytesRead();
  EXPECT_EQ(watch.Change().what, "");
  EXPECT_LT(BytesRead() - begin, kTokens);
  MoveTime(path);
  const int64_t touched = BytesRead();
  EXPECT_EQ(watch.Change().what, "");
  EXPECT_GE(BytesRead() - touched, 2 * kTokens);
  const int64_t again = BytesRead();
  EXPECT_EQ(watch.Change().what, "");
  EXPECT_LT(BytesRead() - again, kTokens);
}

TEST(ChangedDataTest, WhatHasChangedStaysSoThoughItIsPutBack) {
  const TempFolder folder;
  const std::string path = folder.Write("tokens.bin", Tokens(1, 250));
  const auto corpus = TokenCorpus::Open(path);
  DataWatch watch(path, *corpus);
  Overwrite(path, Tokens(2, 250));
  MoveTime(path);
  EXPECT_THAT(watch.Change().what, HasSubstr(path + " changed since"));
  Overwrite(path, Tokens(1, 250));
  EXPECT_THAT(watch.Change().what, HasSubstr(path + " changed since"));
}

// As a file system that is not mounted for a moment.
TEST(ChangedDataTest, WhatCannotBeReadNowIsNoChangeForGood) {
  const TempFolder folder;
  const std::string path = folder.path() + "/data";
  fs::create_directory(path);
  std::ofstream(path + "/tokens.bin") << Tokens(1, 250);
  const auto corpus = TokenCorpus::Open(path);
  DataWatch watch(path, *corpus);
  fs::rename(path, path + ".away");
  EXPECT_THAT(watch.Change().what, HasSubstr("it is not there"));
  EXPECT_TRUE(watch.Change().unreadable);
  fs::create_directory(path);
  EXPECT_THAT(watch.Change().what, HasSubstr("is empty"));
  EXPECT_TRUE(watch.Change().unreadable);
  fs::remove(path);
  fs::rename(path + ".away", path);
  EXPECT_EQ(watch.Change().what, "");
  Overwrite(path + "/tokens.bin", "other");
  MoveTime(path + "/tokens.bin");
  EXPECT_FALSE(watch.Change().unreadable);
  fs::rename(path, path + ".away");
  EXPECT_THAT(watch.Change().what, HasSubstr("changed since"));
}

TEST(ChangedDataTest, TheTokenizerBelongsToTheFingerprint) {
  const auto fingerprint = [](const std::string& model) {
    const TempFolder folder;
    folder.Write("tokens.bin", Tokens(1, 250));
    // A model that cannot be read is refused, if SentencePiece is there.
    folder.Write("tokenizer.model", model);
    try {
      return TokenCorpus::Open(folder.path())->facts().fingerprint;
    } catch (const std::runtime_error& error) {
      return std::string(error.what());
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
  };
  EXPECT_NE(fingerprint("one"), fingerprint("two"));
}

struct Archive {
  const char* name;
  std::string bytes;
  const char* words;
};

TEST(CompressedDataTest, IsRefusedByNameWithTheRemedy) {
  const std::string rest(100, 'x');
  const Archive archives[] = {
      {"text.gz", std::string("\x1f\x8b\x08\x00", 4) + rest, "gzip"},
      {"text", std::string("\x1f\x8b\x08\x00", 4) + rest, "zcat FILE"},
      {"tokens.bin", std::string("\x1f\x8b\x08\x00", 4) + rest, "gzip"},
      {"text.zst", "\x28\xb5\x2f\xfd" + rest, "zstdcat FILE"},
      {"text.xz", std::string("\xfd\x37zXZ\0", 6) + rest, "xzcat FILE"},
      {"text.bz2", "BZh91AY&SY" + rest, "bzcat FILE"},
      {"text.zip", "PK\x03\x04" + rest, "unzip FILE"},
      {"text.parquet", "PAR1" + rest + "PAR1", "read_parquet"},
      {"text.zst", "\x5e\x2a\x4d\x18" + rest, "zstdcat FILE"},
      {"text.lz4", "\x04\x22\x4d\x18" + rest, "lz4cat FILE"},
      {"text.lz4", "\x02\x21\x4c\x18" + rest, "lz4cat FILE"},
      {"text.Z", "\x1f\x9d\x90" + rest, "zcat FILE"},
      {"text.7z", "7z\xbc\xaf\x27\x1c" + rest, "7z x FILE"},
      {"text.rar", "Rar!\x1a\x07" + rest, "unrar x FILE"},
      {"text.tar", std::string(257, 'x') + std::string("ustar\00000", 8) + rest,
       "tar xf FILE"},
      {"gnu.tar", std::string(257, 'x') + std::string("ustar  \0", 8) + rest,
       "tar xf FILE"},
      {"large.tar",
       std::string(257, 'x') + std::string("ustar\00000", 8) +
           std::string(2 << 20, 'x'),
       "tar xf FILE"},
      {"text.arrow", std::string("ARROW1\0\0", 8) + rest, "read_feather"},
      {"text.feather", "FEA1" + rest + "FEA1", "read_feather"},
      {"text.avro", "Obj\x01" + rest, "Avro"},
      {"large.gz",
       std::string("\x1f\x8b\x08\x00", 4) + std::string(2 << 20, 'x'), "gzip"},
  };
  for (const Archive& archive : archives) {
    const TempFolder folder;
    const std::string path = folder.Write(archive.name, archive.bytes);
    for (const std::string& name : {path, folder.path()}) {
      EXPECT_THAT(
          [&] { TokenCorpus::Open(name); },
          ThrowsMessage<std::runtime_error>(AllOf(
              HasSubstr(path), HasSubstr(archive.words), Not(HasSubstr("\n")))))
          << archive.name;
    }
  }
}

TEST(CompressedDataTest, TextThatSpeaksOfItIsText) {
  const TempFolder folder;
  for (const std::string& begin :
       {std::string("PK"), std::string("BZh9 is a level"),
        std::string("PAR1 is a magic"), std::string("7z"),
        std::string("Rar! is one"), std::string("ARROW1 is one"),
        std::string("FEA1 is one"), std::string("Objects"),
        std::string(257, 'x') + "ustar is one"}) {
    const std::string text = begin + SomeText(5000, 1);
    EXPECT_EQ(TokenCorpus::Open(folder.Write("text", text))->facts().vocab,
              256);
  }
}

}  // namespace
}  // namespace isoshape
