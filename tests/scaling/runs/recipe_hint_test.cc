#include "scaling/runs/recipe_hint.h"

#include "absl/strings/str_cat.h"
#include "tests/scaling/runs/run_file_reading.h"

namespace isoshape {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

// Runs of two recipes, the sizes of the second times `factor`.
std::string TwoRecipes(double factor) {
  std::string text = "params,tokens,loss,recipe,host\n";
  for (const char* recipe : {"cosine", "wsd"}) {
    const double times = text.size() < 50 ? 1 : factor;
    for (int i = 1; i <= 6; ++i) {
      absl::StrAppend(&text, times * i * 1e7, ",", i * 1e9, ",", 4.0 - 0.1 * i,
                      recipe == std::string("wsd") ? "1" : "2", ",", recipe,
                      ",host", i, "\n");
    }
  }
  return text;
}

TEST(RecipeHintTest, RunsOfSeveralRecipesAreNotTakenTogetherInSilence) {
  EXPECT_THAT(Read(TwoRecipes(1)).notes,
              Contains(AllOf(HasSubstr("column 'recipe' holds 2 texts"),
                             HasSubstr("'cosine', 'wsd'"),
                             HasSubstr("--where 'recipe=cosine' takes"),
                             HasSubstr("fit --by 'recipe' compares"))));
  // Of one recipe nothing is to be said.
  EXPECT_THAT(Read(TwoRecipes(1), {.where = {{"recipe", "wsd"}}}).notes,
              Not(Contains(HasSubstr("recipes"))));
}

TEST(RecipeHintTest, TextsThatFollowTheSizeAreNoRecipes) {
  EXPECT_THAT(Read(TwoRecipes(10)).notes, Not(Contains(HasSubstr("recipes"))));
}

}  // namespace
}  // namespace isoshape
