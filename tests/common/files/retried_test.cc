#include "common/files/retried.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <vector>

namespace isoshape {
namespace {

// A call that has these results, one after another, and says so of each.
struct Calls {
  struct Result {
    int value;
    int error;
  };
  int operator()() {
    const Result& result = results[made++];
    errno = result.error;
    return result.value;
  }
  std::vector<Result> results;
  size_t made = 0;
};

TEST(Retried, WhatASignalCutShortIsCalledUntilItIsNot) {
  Calls calls{.results = {{-1, EINTR}, {-1, EINTR}, {7, 0}}};
  EXPECT_EQ(Retried([&] { return calls(); }), 7);
  EXPECT_EQ(calls.made, 3u);
}

TEST(Retried, AnotherErrorIsTheResult) {
  Calls calls{.results = {{-1, EINTR}, {-1, EACCES}, {7, 0}}};
  EXPECT_EQ(Retried([&] { return calls(); }), -1);
  EXPECT_EQ(errno, EACCES);
  EXPECT_EQ(calls.made, 2u);
}

// Of a call that succeeded errno says nothing.
TEST(Retried, WhatSucceededIsNotCalledAgainWhateverErrnoHolds) {
  for (const int value : {0, 7}) {
    Calls calls{.results = {{value, EINTR}, {-1, EINTR}, {-1, EIO}}};
    EXPECT_EQ(Retried([&] { return calls(); }), value);
    EXPECT_EQ(calls.made, 1u);
  }
}

}  // namespace
}  // namespace isoshape
