#include "shape/synthetic_task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace isoshape {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(SyntheticTaskTest, ReadsOptionsAndDefaults) {
  const ParsedTask markov =
      ParseSyntheticTask("synthetic:markov,order=2,alpha=0.1,seed=7");
  EXPECT_EQ(markov.problem, "");
  const auto& options = std::get<MarkovTask>(markov.task.options);
  EXPECT_EQ(options.order, 2);
  EXPECT_EQ(options.vocab, 16);
  EXPECT_EQ(options.alpha, 0.1);
  EXPECT_EQ(markov.task.seed, 7);
  const ParsedTask hierarchy = ParseSyntheticTask(
      "synthetic:hierarchy,levels=4,vocab=8,synonyms=2,branching=3");
  EXPECT_EQ(hierarchy.problem, "");
  EXPECT_EQ(StringLength(std::get<HierarchyTask>(hierarchy.task.options)), 81);
}

TEST(SyntheticTaskTest, ItsNameHasEveryOptionAndReadsBack) {
  for (const char* name :
       {"synthetic:markov", "synthetic:hierarchy,levels=2",
        "synthetic:pointer,hops=5", "synthetic:recall,seed=3"}) {
    const std::string full = TaskName(ParseSyntheticTask(name).task);
    EXPECT_THAT(full, testing::StartsWith(std::string(name).substr(0, 16)));
    EXPECT_EQ(TaskName(ParseSyntheticTask(full).task), full);
  }
  EXPECT_EQ(TaskName(ParseSyntheticTask("synthetic:pointer,hops=5").task),
            "synthetic:pointer,hops=5,nodes=16,seed=0");
}

TEST(SyntheticTaskTest, TellsTasksFromPathsAndAnswersFromAllTokens) {
  EXPECT_FALSE(IsSyntheticName("/data/synthetic:markov"));
  EXPECT_TRUE(IsSyntheticName("synthetic:"));
  EXPECT_FALSE(CountsAnswersOnly("/data/text"));
  EXPECT_FALSE(CountsAnswersOnly("synthetic:markov"));
  EXPECT_FALSE(CountsAnswersOnly("synthetic:hierarchy"));
  EXPECT_TRUE(CountsAnswersOnly("synthetic:pointer"));
  EXPECT_TRUE(CountsAnswersOnly("synthetic:recall,pairs=4"));
}

struct BadName {
  const char* name;
  const char* value;
  const char* remedy;
};

TEST(SyntheticTaskTest, WrongNamesAreRefusedWithValueAndRemedy) {
  const BadName names[] = {
      {"synthetic:", "no task ''", "markov, hierarchy, pointer, recall"},
      {"synthetic:words", "'words'", "markov, hierarchy, pointer, recall"},
      {"synthetic:markov,levels=3", "'levels=3'", "order, vocab, alpha, seed"},
      {"synthetic:markov,order", "'order'", "OPTION=VALUE"},
      {"synthetic:markov,order=1,order=2", "'order=2'", "each once"},
      {"synthetic:markov,order=0", "'0'", "whole number in 1 .. 8"},
      {"synthetic:markov,order=1.5", "'1.5'", "whole number"},
      {"synthetic:markov,order=", "''", "whole number"},
      {"synthetic:markov,alpha=nan", "'nan'", "number in 0.05 .. 100"},
      {"synthetic:markov,alpha=0.01", "'0.01'", "0.05"},
      {"synthetic:markov,order=8", "vocab 16", "smaller order"},
      {"synthetic:hierarchy,vocab=4,synonyms=5", "synonyms 5", "give fewer"},
      {"synthetic:hierarchy,levels=12,branching=3", "levels 12", "fewer"},
      {"synthetic:hierarchy,vocab=1024,synonyms=1024,levels=8", "4194304",
       "fewer synonyms"},
      {"synthetic:pointer,hops=16", "hops 16", "more nodes"},
      {"synthetic:recall,pairs=32", "pairs 32", "vocab of 66"},
      {"synthetic:recall,seed=-1", "'-1'", "0 .. "},
  };
  for (const BadName& bad : names) {
    EXPECT_THAT(ParseSyntheticTask(bad.name).problem,
                AllOf(HasSubstr(bad.name), HasSubstr(bad.value),
                      HasSubstr(bad.remedy), testing::Not(HasSubstr("\n"))));
  }
}

Shape ShapeOf(int64_t vocab, int64_t context) {
  Shape shape;
  shape.vocab = vocab;
  shape.context = context;
  return shape;
}

std::string Problem(const char* name, const Shape& shape) {
  return TaskProblem(ParseSyntheticTask(name).task, shape);
}

TEST(SyntheticTaskTest, SaysWhichShapesItCanTrain) {
  EXPECT_EQ(Problem("synthetic:markov", ShapeOf(16, 1)), "");
  EXPECT_EQ(Problem("synthetic:hierarchy", ShapeOf(17, 9)), "");
  EXPECT_EQ(Problem("synthetic:hierarchy", ShapeOf(256, 126)), "");
  EXPECT_EQ(Problem("synthetic:pointer", ShapeOf(18, 35)), "");
  EXPECT_EQ(Problem("synthetic:recall", ShapeOf(64, 31)), "");
  EXPECT_THAT(Problem("synthetic:markov", ShapeOf(15, 8)),
              AllOf(HasSubstr("vocab 15"), HasSubstr("use 16")));
  EXPECT_THAT(Problem("synthetic:markov,order=3", ShapeOf(16, 2)),
              AllOf(HasSubstr("context 2"), HasSubstr("use 3")));
  EXPECT_THAT(Problem("synthetic:hierarchy", ShapeOf(17, 128)),
              AllOf(HasSubstr("context 128"), HasSubstr("use 126 or 135")));
  EXPECT_THAT(Problem("synthetic:hierarchy", ShapeOf(17, 4)),
              HasSubstr("use 9"));
  EXPECT_THAT(Problem("synthetic:pointer", ShapeOf(18, 34)),
              AllOf(HasSubstr("context 34"), HasSubstr("use 35")));
  EXPECT_THAT(Problem("synthetic:recall", ShapeOf(64, 30)),
              AllOf(HasSubstr("context 30"), HasSubstr("use 31")));
  Shape masked = ShapeOf(256, 126);
  masked.objective = Objective::kMasked;
  EXPECT_THAT(Problem("synthetic:markov", masked),
              HasSubstr("objective causal"));
}

}  // namespace
}  // namespace isoshape
