#include "scaling/tables/column_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace isoshape {
namespace {

using ::testing::HasSubstr;

absl::StatusOr<std::optional<FoundColumn>> Find(
    const std::vector<std::string>& names, RunColumn column,
    const std::optional<std::string>& given = {}) {
  std::vector<Cell> header;
  for (const std::string& name : names) header.push_back({name, 1, 1});
  return FindColumn(header, "f", column, given);
}

// The place found, -1 if there is none, -2 if it is refused.
int Place(const std::vector<std::string>& names, RunColumn column) {
  const auto found = Find(names, column);
  if (!found.ok()) return -2;
  return *found ? static_cast<int>((*found)->place) : -1;
}

TEST(ColumnNamesTest, TheDefaultNameWinsThenItsCaseThenKnownNames) {
  EXPECT_EQ(Place({"val_loss", "Loss", "loss"}, RunColumn::kLoss), 2);
  EXPECT_EQ(Place({"val_loss", "Loss"}, RunColumn::kLoss), 1);
  EXPECT_EQ(Place({"train_loss", "val_loss"}, RunColumn::kLoss), 1);
  EXPECT_EQ(Place({"train_loss", "train/loss"}, RunColumn::kLoss), -1);
  EXPECT_EQ(Place({"params", "non_embedding_params"}, RunColumn::kParams), 0);
}

TEST(ColumnNamesTest, NamesOfExports) {
  const std::pair<const char*, RunColumn> known[] = {
      {"summary/val_loss", RunColumn::kLoss},
      {"metrics.val_loss", RunColumn::kLoss},
      {"val/loss", RunColumn::kLoss},
      {"eval.loss", RunColumn::kLoss},
      {"run-7 - val/loss", RunColumn::kLoss},
      {"valLoss", RunColumn::kLoss},
      {"Validation Loss", RunColumn::kLoss},
      {"config.n_params", RunColumn::kParams},
      {"config.n_params.value", RunColumn::kParams},
      {"params.n_params", RunColumn::kParams},
      {"n=params", RunColumn::kParams},
      {"N", RunColumn::kParams},
      {"Tokens Seen", RunColumn::kTokens},
      {"Toks Seen", RunColumn::kTokens},
      {"train_toks", RunColumn::kTokens},
      {"Tok Count", RunColumn::kTokens},
      {"shape_card.validation_loss", RunColumn::kLoss},
      {"shape.depth", RunColumn::kDepth},
      {"D", RunColumn::kTokens},
      {"training_flop", RunColumn::kFlops},
      {"C", RunColumn::kFlops},
      {"config.model.d_model", RunColumn::kWidth},
      {"nEmbd", RunColumn::kWidth},
      {"model.n_layers", RunColumn::kDepth},
      {"isoFLOP", RunColumn::kBudget}};
  for (const auto& [name, column] : known) {
    EXPECT_EQ(Place({"x", name}, column), 1) << name;
  }
  for (const char* other : {"n", "d", "c", "loss_scale", "tokens_per_step",
                            "flops_per_token", "lossy", "params_ratio"}) {
    for (const RunColumn column : kRunColumns) {
      EXPECT_EQ(Place({other}, column), -1) << other;
    }
  }
}

TEST(ColumnNamesTest, TwoEquallyGoodNamesAreRefusedWithBoth) {
  const auto found = Find({"eval_loss", "x", "val_loss"}, RunColumn::kLoss);
  EXPECT_EQ(found.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(found.status().message(),
            "f:1:1: both 'eval_loss' and 'val_loss' may be loss; choose one by "
            "--column loss=NAME");
  EXPECT_EQ(Place({"loss", "loss"}, RunColumn::kLoss), -2);
}

TEST(ColumnNamesTest, NamesOfStudiesOfOptuna) {
  EXPECT_EQ(Place({"params_n_layers"}, RunColumn::kDepth), 0);
  EXPECT_EQ(Place({"user_attrs_tokens"}, RunColumn::kTokens), 0);
  EXPECT_EQ(Place({"user_attrs.tokens"}, RunColumn::kTokens), 0);
  EXPECT_EQ(Place({"Param d_model"}, RunColumn::kWidth), 0);
  EXPECT_EQ(Place({"UserAttribute val_loss"}, RunColumn::kLoss), 0);
  // A name of its own is no prefix.
  EXPECT_EQ(Place({"params_non_embedding"}, RunColumn::kParams), 0);
  // The value of a study is the loss, unless it has one by name.
  EXPECT_EQ(Place({"number", "state", "value"}, RunColumn::kLoss), 2);
  EXPECT_EQ(Place({"number", "state", "value", "user_attrs_val_loss"},
                  RunColumn::kLoss),
            3);
  EXPECT_EQ(Place({"key", "value"}, RunColumn::kLoss), -1);
}

TEST(ColumnNamesTest, TheStateOfRuns) {
  const auto place = [](const std::vector<std::string>& names) {
    std::vector<Cell> header;
    for (const std::string& name : names) header.push_back({name, 1, 1});
    const auto found = FindStatus(header);
    return found ? static_cast<int>(*found) : -1;
  };
  EXPECT_EQ(place({"Name", "State"}), 1);
  EXPECT_EQ(place({"info.run_id", "info.status"}), 1);
  EXPECT_EQ(place({"estate", "status_code"}), -1);
}

TEST(ColumnNamesTest, AnIdTellsRunsApartBetterThanAName) {
  EXPECT_EQ(Place({"info.run_name", "info.run_id"}, RunColumn::kRun), 1);
  EXPECT_EQ(Place({"run_id", "run_name"}, RunColumn::kRun), 0);
  EXPECT_EQ(Place({"run_name", "x"}, RunColumn::kRun), 0);
  EXPECT_EQ(Place({"run_id", "runId"}, RunColumn::kRun), -2);
}

TEST(ColumnNamesTest, UnitsInNames) {
  EXPECT_EQ((*Find({"params (M)"}, RunColumn::kParams))->unit, 1e6);
  EXPECT_EQ((*Find({"tokens_b"}, RunColumn::kTokens))->unit, 1e9);
  EXPECT_EQ((*Find({"Tokens in billions"}, RunColumn::kTokens))->unit, 1e9);
  EXPECT_EQ((*Find({"train_pflops"}, RunColumn::kFlops))->unit, 1e15);
  EXPECT_EQ((*Find({"compute (PF-days)"}, RunColumn::kFlops))->unit, 8.64e19);
  EXPECT_EQ((*Find({"x_gflops"}, RunColumn::kFlops, "x_gflops"))->unit, 1e9);
}

TEST(ColumnNamesTest, AGivenNameMustBeThere) {
  EXPECT_EQ((*Find({"A", "b"}, RunColumn::kLoss, "B"))->place, 1);
  EXPECT_THAT(
      std::string(Find({"a", "b"}, RunColumn::kLoss, "c").status().message()),
      HasSubstr("'a', 'b'; name the one to use by --column loss=NAME"));
}

}  // namespace
}  // namespace isoshape
