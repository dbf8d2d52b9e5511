#include "scaling/statistics/shared_fits.h"

#include <gtest/gtest.h>

#include <vector>

#include "absl/status/status.h"
#include "scaling/laws/parametric_law.h"
#include "scaling/runs/fit_key.h"
#include "tests/scaling/synthetic_runs.h"

namespace isoshape {
namespace {

// A fit that counts how often it is made.
absl::StatusOr<double> Counted(const std::vector<double>& of, int& made) {
  return Shared<double>([&] { return FitKey("sum").Add(of); },
                        [&]() -> absl::StatusOr<double> {
                          ++made;
                          if (of.empty()) {
                            return absl::FailedPreconditionError("none");
                          }
                          return of.front() + static_cast<double>(made);
                        });
}

TEST(SharedFitsTest, EqualContentIsFittedOnceInAScope) {
  SharedFits fits;
  int made = 0;
  {
    const SharedFits::Scope scope(&fits);
    EXPECT_EQ(*Counted({2, 3}, made), 3);
    EXPECT_EQ(*Counted({2, 3}, made), 3);
    EXPECT_EQ(*Counted({2, 4}, made), 4);
    EXPECT_EQ(made, 2);
  }
  EXPECT_EQ(*Counted({2, 3}, made), 5);  // nobody shares
  const SharedFits::Scope again(&fits);
  EXPECT_EQ(*Counted({2, 3}, made), 3);
  EXPECT_EQ(made, 3);
}

TEST(SharedFitsTest, ErrorsAreSharedAndInnerScopesAreTheirOwn) {
  SharedFits outer;
  SharedFits inner;
  int made = 0;
  const SharedFits::Scope scope(&outer);
  EXPECT_TRUE(absl::IsFailedPrecondition(Counted({}, made).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(Counted({}, made).status()));
  EXPECT_EQ(made, 1);
  {
    const SharedFits::Scope other(&inner);
    EXPECT_EQ(SharedFits::Scope::Current(), &inner);
    EXPECT_TRUE(absl::IsFailedPrecondition(Counted({}, made).status()));
  }
  EXPECT_EQ(made, 2);
  EXPECT_EQ(SharedFits::Scope::Current(), &outer);
}

TEST(SharedFitsTest, ACancelledFitIsNotKept) {
  SharedFits fits;
  int made = 0;
  const SharedFits::Scope scope(&fits);
  {
    Cancellation cancellation;
    cancellation.Cancel();
    const Cancellation::Scope cancelled(&cancellation);
    EXPECT_TRUE(absl::IsCancelled(Counted({1}, made).status()));
  }
  EXPECT_EQ(*Counted({1}, made), 3);
  EXPECT_EQ(made, 2);
}

// Any column, and anything about resamples, makes another fit.
TEST(FitKeyTest, TellsRunsAndResamplingsApart) {
  Runs runs;
  for (const double size : {1e4, 2e4, 4e4}) {
    AddRun(1e11, size, 2, runs);
    AddRun(1e12, size, 1.9, runs);
  }
  const auto key = [](const Runs& of, const Resampling& resampling) {
    FitKey made("law");
    AddRuns(of, made);
    AddResampling(resampling, made);
    return made.Digest();
  };
  const Resampling plain = ByBudget(runs, 20);
  EXPECT_EQ(key(runs, plain), key(runs, ByBudget(runs, 20)));
  EXPECT_NE(key(runs, plain), key(runs, ByBudget(runs, 21)));
  EXPECT_NE(key(runs, plain), key(runs, ByBudget(runs, 20, /*seed=*/1)));
  Runs other = runs;
  other.weight.assign(runs.rows(), 1);
  EXPECT_NE(key(runs, plain), key(other, plain));
  other = runs;
  other.loss[3] += 1e-12;
  EXPECT_NE(key(runs, plain), key(other, plain));
  other = runs;
  other.line.assign(runs.rows(), 7);
  EXPECT_EQ(key(runs, plain), key(other, plain));
}

}  // namespace
}  // namespace isoshape
