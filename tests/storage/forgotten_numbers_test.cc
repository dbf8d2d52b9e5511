#include "storage/forgotten_numbers.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace isoshape {
namespace {

constexpr int64_t kJump = int64_t{1} << 39;

class EventGapsTest : public testing::Test {
 protected:
  EventGaps Gaps() { return EventGaps::Read(reader_).value(); }
  void Jump(int64_t jump) {
    const auto mutations = JumpOfEvents(reader_, jump);
    ASSERT_TRUE(mutations.ok()) << mutations.status();
    for (const Mutation& mutation : *mutations) {
      const auto& put = std::get<PutCounter>(mutation);
      counters_[put.name] = put.value;
    }
  }
  int64_t& sequence() { return counters_[kEventSequence]; }

  std::map<std::string, int64_t> counters_;

 private:
  absl::StatusOr<int64_t> Read(absl::string_view name) {
    const auto it = counters_.find(std::string(name));
    return it == counters_.end() ? 0 : it->second;
  }

  const std::function<absl::StatusOr<int64_t>(absl::string_view)> reader_ =
      [this](absl::string_view name) { return Read(name); };
};

TEST_F(EventGapsTest, WhatANewReaderKnowsIsInNone) {
  sequence() = 7;
  EXPECT_FALSE(Gaps().Has(8));
  Jump(1000);
  EXPECT_EQ(sequence(), 1007);
  const EventGaps gaps = Gaps();
  EXPECT_FALSE(gaps.Has(7));  // the last event of the backup
  EXPECT_TRUE(gaps.Has(8));
  EXPECT_TRUE(gaps.Has(1006));
  EXPECT_FALSE(gaps.Has(1007));  // as a table is given before the next event
  EXPECT_FALSE(gaps.Has(1008));
}

TEST_F(EventGapsTest, EachRestoreLeavesOne) {
  Jump(100);  // of a database without events
  sequence() += 5;
  Jump(1000);
  Jump(1000);  // twice without an event in between
  sequence() += 2;
  const EventGaps gaps = Gaps();
  std::set<int64_t> known;
  for (int64_t i = 0; i <= sequence(); ++i) {
    if (!gaps.Has(i)) known.insert(i);
  }
  EXPECT_EQ(known, (std::set<int64_t>{0, 100, 101, 102, 103, 104, 105, 1105,
                                      2105, 2106, 2107}));
  EXPECT_EQ(gaps.Within(0, 2107), 2107 - 5 - 2);
  EXPECT_EQ(gaps.Within(102, 2107), 2107 - 102 - 3 - 2);
  EXPECT_EQ(gaps.Within(102, 105), 0);
  EXPECT_EQ(gaps.Within(1105, 2106), 1000);
  EXPECT_EQ(gaps.Within(2105, 2107), 0);
}

// Browsers read sequences as doubles.
TEST_F(EventGapsTest, SequencesStayBelowWhatADoubleHoldsExactly) {
  constexpr int64_t kExact = int64_t{1} << 53;
  int jumps = 0;
  for (int64_t before = -1; before != sequence(); ++jumps) {
    before = sequence();
    Jump(2 * kJump - 1);
  }
  EXPECT_GT(jumps, 8000);
  EXPECT_LT(sequence(), kExact - 1'000'000'000'000);
  EXPECT_FALSE(Gaps().Has(sequence()));
}

TEST(DrawJump, NoTwoAreTheSame) {
  std::set<int64_t> drawn;
  for (int i = 0; i < 100; ++i) {
    const int64_t jump = DrawJump();
    EXPECT_GE(jump, kJump);
    EXPECT_LT(jump, 2 * kJump);
    drawn.insert(jump);
  }
  EXPECT_EQ(drawn.size(), 100u);
}

}  // namespace
}  // namespace isoshape
