#include "coordinator/http/call_gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace isoshape {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CallGateTest : public ::testing::Test {
 protected:
  // A place that goes lets the next call in, which takes one of its own.
  ~CallGateTest() override {
    while (!places_.empty()) End(std::string(places_.begin()->first));
  }

  // What cancels the call of that name.
  CallGate::Cancel Enter(const std::string& name) {
    return gate_->EnterCall(
        [this, name](const CallGate::Place& place) -> CallGate::Cancel {
          begun_.push_back(name);
          places_[name] = place;
          return [this, name] { cancelled_.push_back(name); };
        },
        [this, name](const absl::Status& status) {
          EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
          left_.push_back(name);
        });
  }
  void End(const std::string& name) { places_.erase(name); }

  std::optional<CallGate> gate_{std::in_place, 2};
  std::vector<std::string> begun_;
  std::vector<std::string> cancelled_;
  std::vector<std::string> left_;
  std::map<std::string, CallGate::Place> places_;
};

TEST_F(CallGateTest,
       AsManyAreUnderWayAsThereArePlacesAndTheOthersInTheirOrder) {
  for (const char* name : {"a", "b", "c", "d"}) Enter(name);
  EXPECT_THAT(begun_, ElementsAre("a", "b"));
  End("b");
  EXPECT_THAT(begun_, ElementsAre("a", "b", "c"));
  End("a");
  End("c");
  EXPECT_THAT(begun_, ElementsAre("a", "b", "c", "d"));
  End("d");
  Enter("e");
  Enter("f");
  Enter("g");
  EXPECT_THAT(begun_, ElementsAre("a", "b", "c", "d", "e", "f"));
}

TEST_F(CallGateTest, WhoLeavesBeforeHisTurnTakesNoPlace) {
  const auto a = Enter("a");
  Enter("b");
  const auto c = Enter("c");
  Enter("d");
  c();
  EXPECT_THAT(left_, ElementsAre("c"));
  c();
  a();
  EXPECT_THAT(cancelled_, ElementsAre("a"));
  End("a");
  EXPECT_THAT(begun_, ElementsAre("a", "b", "d"));
  EXPECT_THAT(left_, ElementsAre("c"));
}

TEST_F(CallGateTest, OfThoseWhoLeaveNothingIsKept) {
  Enter("a");
  Enter("b");
  // As requests do that are reset at once, while two answers are made.
  constexpr int kRequests = 100'000;
  const auto request = std::make_shared<int>();
  int left = 0;
  for (int i = 0; i < kRequests; ++i) {
    const CallGate::Cancel cancel = gate_->EnterCall(
        [request](const CallGate::Place&) -> CallGate::Cancel {
          ADD_FAILURE() << "nobody waits for it";
          return {};
        },
        [request, &left](const absl::Status&) { ++left; });
    cancel();
    EXPECT_EQ(request.use_count(), 1);
  }
  EXPECT_EQ(left, kRequests);
  Enter("c");
  End("a");
  EXPECT_THAT(begun_, ElementsAre("a", "b", "c"));
}

TEST_F(CallGateTest, ALineOfCallsThatEndAsTheyBeginTakesNoStack) {
  Enter("a");
  Enter("b");
  constexpr int kCalls = 100'000;
  int begun = 0;
  for (int i = 0; i < kCalls; ++i) {
    gate_->EnterCall(
        [&begun](const CallGate::Place&) -> CallGate::Cancel {
          ++begun;
          return {};
        },
        [](const absl::Status&) {});
  }
  EXPECT_EQ(begun, 0);
  End("b");
  EXPECT_EQ(begun, kCalls);
}

TEST_F(CallGateTest, WhoFindsNoMemoryInHisTurnIsToldSoAndTheNextBegins) {
  Enter("a");
  Enter("b");
  absl::Status told;
  const auto no_memory = [](const CallGate::Place&) -> CallGate::Cancel {
    throw std::bad_alloc();
  };
  gate_->EnterCall(no_memory, [&](const absl::Status& status) {
    told = status;
    throw std::bad_alloc();  // nor for the answer
  });
  Enter("c");
  End("a");
  EXPECT_EQ(told.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(begun_, ElementsAre("a", "b", "c"));
  // Who need not wait is told in the same way.
  End("c");
  told = absl::OkStatus();
  gate_->EnterCall(no_memory,
                   [&](const absl::Status& status) { told = status; });
  EXPECT_EQ(told.code(), absl::StatusCode::kUnavailable);
}

TEST_F(CallGateTest, NothingBeginsAfterItIsClosedAndPlacesOutliveIt) {
  Enter("a");
  Enter("b");
  Enter("c");
  gate_->Close();
  End("a");
  Enter("d");
  EXPECT_THAT(begun_, ElementsAre("a", "b"));
  gate_.reset();
  End("b");
  EXPECT_THAT(begun_, ElementsAre("a", "b"));
  EXPECT_THAT(left_, IsEmpty());
}

}  // namespace
}  // namespace isoshape
