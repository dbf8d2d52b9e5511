#include "common/files/gzip.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>

#include "absl/strings/str_cat.h"

namespace isoshape {
namespace {

constexpr size_t kMany = size_t{1} << 30;

TEST(GzipTest, MembersFollowOneAnotherAndPaddingIsLeftAlone) {
  const std::string one = Gzip("one "), two = Gzip("two");
  const Inflated both = Inflate(absl::StrCat(one, two), kMany);
  EXPECT_EQ(both.end, Inflated::End::kWhole);
  EXPECT_EQ(both.text, "one two");
  EXPECT_EQ(*Gunzip(absl::StrCat(one, two)), "one two");
  EXPECT_EQ(*Gunzip(absl::StrCat(one, std::string(512, '\0'))), "one ");
}

TEST(GzipTest, SaysHowItEnded) {
  const std::string whole = Gzip(std::string(100'000, 'x'));
  EXPECT_EQ(Inflate(whole, 100'000).end, Inflated::End::kWhole);
  EXPECT_EQ(Inflate(whole, 99'999).end, Inflated::End::kTooLong);
  EXPECT_EQ(Inflate(whole.substr(0, whole.size() - 1), kMany).end,
            Inflated::End::kEndsEarly);
  EXPECT_EQ(Inflate("", kMany).end, Inflated::End::kEndsEarly);
  std::string damaged = whole;
  damaged[damaged.size() - 5] ^= 1;  // of the checksum
  const Inflated read = Inflate(damaged, kMany);
  EXPECT_EQ(read.end, Inflated::End::kDamaged);
  EXPECT_EQ(read.reason, "incorrect data check");
}

}  // namespace
}  // namespace isoshape
