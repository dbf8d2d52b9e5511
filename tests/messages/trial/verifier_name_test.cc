#include "messages/trial/verifier_name.h"

#include <gtest/gtest.h>

#include <limits>

namespace isoshape {
namespace {

TEST(VerifierNameTest, WhatIsMadeIsKnown) {
  EXPECT_EQ(VerifierId(0xab), "train-00000000000000ab");
  for (const uint64_t hash :
       {uint64_t{0}, uint64_t{0xab}, std::numeric_limits<uint64_t>::max()}) {
    EXPECT_TRUE(IsVerifier(VerifierId(hash)));
    EXPECT_TRUE(IsVerifier("workers/" + VerifierId(hash)));
  }
}

// The default id of a worker is HOSTNAME-PID.
TEST(VerifierNameTest, WorkersOfHostsOfThatNameAreNone) {
  for (const char* name :
       {"workers/train-03-123", "train-03", "train-", "", "w1",
        "train-00000000000000AB", "train-00000000000000abc",
        "train-0000000-0000000a", "gpu-train-00000000000000ab"}) {
    EXPECT_FALSE(IsVerifier(name)) << name;
  }
}

}  // namespace
}  // namespace isoshape
