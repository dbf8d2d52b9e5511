#include "scaling/predict/refusal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/error_of.h"

namespace isoshape {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string Message(const absl::Status& status) {
  return ErrorOf(status, absl::StatusCode::kFailedPrecondition);
}

TEST(RefusalTest, WhatAllLawsShareIsSaidOnce) {
  const absl::Status flat = NotFollowed("loss hardly curves; add sizes");
  EXPECT_EQ(Message(Refusal("the best size", {{Law::kSurface, flat},
                                              {Law::kShape, flat},
                                              {Law::kIsoflop, flat}})),
            "the runs do not identify the best size: loss hardly curves; add "
            "sizes");
}

TEST(RefusalTest, TheCommonestReasonComesFirstThenWhatDiffers) {
  const absl::Status passed =
      NotFollowed("no best size was passed; run smaller sizes", "2e6 at 1e18");
  const absl::Status refused = Refusal(
      "the best size",
      {{Law::kSurface, NotFollowed("size is not identified; add runs", "9 %")},
       {Law::kShape, passed},
       {Law::kParametric,
        NotFollowed("no best size was passed; run smaller sizes", "3e6")}});
  EXPECT_EQ(Message(refused),
            "the runs do not identify the best size: no best size was passed; "
            "run smaller sizes; surface: size is not identified");
  EXPECT_THAT(
      ReasonsOf(refused),
      ElementsAre(AllOf(Field(&LawReason::law, "surface"),
                        Field(&LawReason::reason,
                              "size is not identified; add runs (9 %)")),
                  AllOf(Field(&LawReason::law, "shape"),
                        Field(&LawReason::reason,
                              "no best size was passed; run "
                              "smaller sizes (2e6 at 1e18)")),
                  Field(&LawReason::law, "parametric")));
}

TEST(RefusalTest, OfEquallyCommonReasonsOneThatNamesASideIsSaid) {
  EXPECT_EQ(
      Message(Refusal(
          "the best size",
          {{Law::kSurface, NotFollowed("loss hardly curves; add sizes")},
           {Law::kParametric, NotFollowed("no best size was passed; add "
                                          "smaller runs",
                                          "2e6", Remedy::kSide)}})),
      "the runs do not identify the best size: no best size was passed; add "
      "smaller runs; surface: loss hardly curves");
}

TEST(RefusalTest, TheLineStaysReadableAndTheRestIsCounted) {
  const std::string long_reason(420, 'x');
  const absl::Status refused =
      Refusal("the best size at 1e21 FLOPs",
              {{Law::kSurface, NotFollowed("a" + long_reason)},
               {Law::kParametric, NotFollowed("b" + long_reason)},
               {Law::kIsoflop, NotFollowed("c" + long_reason)}});
  const std::string message = Message(refused);
  EXPECT_THAT(message, HasSubstr("2 other laws for reasons of their own, in "
                                 "full by --output json"));
  EXPECT_THAT(message, Not(HasSubstr("bx")));
  EXPECT_LT(message.size(), 560);
  EXPECT_EQ(ReasonsOf(refused)[1].reason, "b" + long_reason);
}

// Four laws with a reason each, as long as they come: none is left out.
TEST(RefusalTest, TheReasonsOfFourLawsAreAllNamed) {
  const std::string message = Message(Refusal(
      "the best size at 1e21 FLOPs",
      {{Law::kSurface, NotFollowed("no best size was passed among the largest "
                                   "runs; add larger runs")},
       {Law::kShape, NotFollowed("that shape matters at all is not shown")},
       {Law::kParametric, NotFollowed("size and tokens are not identified; "
                                      "add runs of more compute, or seeds")},
       {Law::kIsoflop,
        NotFollowed("a prediction needs 2 budgets with a bracketed optimum and "
                    "0 of 0 has one")}}));
  EXPECT_THAT(message, Not(HasSubstr("of its own")));
  EXPECT_THAT(message, HasSubstr("parametric: size and tokens are not"));
  EXPECT_THAT(message, HasSubstr("isoflop: a prediction needs 2 budgets"));
}

TEST(RefusalTest, OtherErrorsHaveNoReasons) {
  EXPECT_THAT(ReasonsOf(absl::NotFoundError("x")), IsEmpty());
  EXPECT_THAT(ReasonsOf(absl::OkStatus()), IsEmpty());
  EXPECT_EQ(WithDetail(absl::NotFoundError("x")), "x");
}

}  // namespace
}  // namespace isoshape
