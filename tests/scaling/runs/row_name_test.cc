#include "scaling/runs/row_name.h"

#include <gtest/gtest.h>

namespace isoshape {
namespace {

TEST(RowNameTest, WhatFindsTheRowBestIsSaid) {
  Runs runs{.loss = {3, 2}};
  EXPECT_EQ(RowName(runs, 1), "run 2");
  runs.depth = {4, 8};
  runs.width = {128, 96};
  EXPECT_EQ(RowName(runs, 1), "run 8x96");
  runs.budget = {7.5e11, 2.25e12};
  runs.seed = {"", "3"};
  EXPECT_EQ(RowName(runs, 0), "run 4x128 at 7.5e11 FLOPs");
  EXPECT_EQ(RowName(runs, 1), "run 8x96 at 2.25e12 FLOPs, seed 3");
  runs.run = {"campaigns/c1/trials/1", "campaigns/c1/trials/2"};
  EXPECT_EQ(RowName(runs, 1), "trial 2, 8x96 at 2.25e12 FLOPs");
  EXPECT_EQ(RunName(runs, 0), "trial 1");
  runs.run = {"sweep-a", "sweep-b"};
  EXPECT_EQ(RowName(runs, 1), "run sweep-b");
  EXPECT_EQ(RunName(runs, 1), "run sweep-b");
  runs.line = {5, 7};
  EXPECT_EQ(RowName(runs, 1), "line 7");
}

}  // namespace
}  // namespace isoshape
