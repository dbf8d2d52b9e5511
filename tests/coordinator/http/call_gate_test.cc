#include "coordinator/http/call_gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace isoshape {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CallGateTest : public ::testing::Test {
 protected:
  // What cancels the call of that name.
  CallGate::Cancel Enter(const std::string& name) {
    return gate_->EnterCall(
        [this, name](const CallGate::Place& place) -> CallGate::Cancel {
          begun_.push_back(name);
          places_[name] = place;
          return [this, name] { cancelled_.push_back(name); };
        },
        [this, name] { left_.push_back(name); });
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
  a();
  EXPECT_THAT(cancelled_, ElementsAre("a"));
  EXPECT_THAT(left_, IsEmpty());  // it is not his turn
  End("a");
  EXPECT_THAT(begun_, ElementsAre("a", "b", "d"));
  EXPECT_THAT(left_, ElementsAre("c"));
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
