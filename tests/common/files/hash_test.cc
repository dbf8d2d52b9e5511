#include "common/files/hash.h"

#include <gtest/gtest.h>

namespace isoshape {
namespace {

// The published test vectors of FNV.
TEST(HashTest, FnvIsAsPublished) {
  EXPECT_EQ(Fnv1a64(""), 0xcbf29ce484222325u);
  EXPECT_EQ(Fnv1a64("a"), 0xaf63dc4c8601ec8cu);
  EXPECT_EQ(Fnv1a64("foobar"), 0x85944171f73967e8u);
  EXPECT_EQ(Fnv1a32(""), 0x811c9dc5u);
  EXPECT_EQ(Fnv1a32("a"), 0xe40c292cu);
  EXPECT_EQ(Fnv1a32("foobar"), 0xbf9cf968u);
  // A byte above 127 is not sign-extended.
  EXPECT_EQ(Fnv1a64("\xff"), 0xaf64724c8602eb6eu);
}

// The first numbers of its generator from seed 0.
TEST(HashTest, SplitMixIsAsPublished) {
  EXPECT_EQ(SplitMix64(0), 0xe220a8397b1dcdafu);
  EXPECT_EQ(SplitMix64(kSplitMixStep), 0x6e789e6aa1b965f4u);
  EXPECT_EQ(SplitMix64(2 * kSplitMixStep), 0x06c45d188009454fu);
}

}  // namespace
}  // namespace isoshape
