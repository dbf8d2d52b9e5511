#include "common/console/one_of.h"

#include <gtest/gtest.h>

namespace isoshape {
namespace {

TEST(OneOfTest, AnyOtherNameIsRefusedWithTheOneThatWasMeant) {
  std::string isoflop = "isoflop";
  std::string isoflops = "isoflops";
  std::string gauss = "gauss";
  const CLI::Validator laws = OneOf({"surface", "isoflop"});
  EXPECT_EQ(laws(isoflop), "");
  EXPECT_EQ(laws(isoflops),
            "'isoflops' is not one of surface, isoflop; did you mean "
            "'isoflop'?");
  EXPECT_EQ(laws(gauss), "'gauss' is not one of surface, isoflop");
  EXPECT_EQ(laws.get_description(), "{surface,isoflop}");
}

}  // namespace
}  // namespace isoshape
