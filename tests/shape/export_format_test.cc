#include "shape/export_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace isoshape {
namespace {

using ::testing::HasSubstr;

// A shape of Llama's kind.
Shape Llama() {
  Shape shape;
  shape.depth = 2;
  shape.width = 32;
  shape.heads = shape.kv_heads = 2;
  shape.head_dim = 16;
  shape.ffn_width = 96;
  return shape;
}

TEST(ExportFormatTest, ThereAreThreeByName) {
  EXPECT_EQ(FindExportFormat("llama"), ExportFormat::kLlama);
  EXPECT_EQ(FindExportFormat("gpt2"), ExportFormat::kGpt2);
  EXPECT_EQ(FindExportFormat("bert"), ExportFormat::kBert);
  EXPECT_EQ(FindExportFormat(""), std::nullopt);
}

TEST(ExportFormatTest, WhatAFormatHasNoPlaceForIsNamed) {
  EXPECT_EQ(ExportProblem(Llama(), ExportFormat::kLlama), "");
  EXPECT_THAT(ExportProblem(Llama(), ExportFormat::kGpt2),
              HasSubstr("norm rms: gpt2 has layer; llama can"));
  Shape odd = Llama();
  odd.qk_norm = true;
  EXPECT_EQ(ExportProblem(odd, ExportFormat::kLlama),
            "qk_norm: no format has it");
}

}  // namespace
}  // namespace isoshape
