#include "messages/campaign/algorithm_arm.h"

#include <gtest/gtest.h>

namespace isoshape {
namespace {

TEST(AlgorithmArm, IsTheOneThatIsSet) {
  v1::Algorithm algorithm;
  EXPECT_EQ(ArmOf(algorithm), nullptr);
  algorithm.mutable_gp();
  ASSERT_NE(ArmOf(algorithm), nullptr);
  EXPECT_EQ(ArmOf(algorithm)->name(), "gp");
  algorithm.mutable_listed();
  EXPECT_EQ(ArmOf(algorithm)->name(), "listed");
}

TEST(AlgorithmArm, HasOptionsThatAreNoLists) {
  std::vector<std::string> with_shapes;
  for (const auto* arm : AlgorithmArms()) {
    if (OptionOf(*arm, "shapes") != nullptr) with_shapes.push_back(arm->name());
    EXPECT_EQ(OptionOf(*arm, "no_such_option"), nullptr);
  }
  // Those of `listed` are a list.
  EXPECT_EQ(with_shapes, std::vector<std::string>{"asha"});
}

}  // namespace
}  // namespace isoshape
