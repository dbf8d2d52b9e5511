#include "scaling/tables/json_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "scaling/runs/run_file.h"
#include "tests/error_of.h"

namespace isoshape {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

RunFile Read(const std::string& text) {
  absl::StatusOr<RunFile> file = ReadRuns(text, "f", {});
  EXPECT_TRUE(file.ok()) << file.status();
  return file.ok() ? *std::move(file) : RunFile();
}

std::string TableError(const std::string& text) {
  return ErrorOf(ReadRuns(text, "f", {}));
}

TEST(JsonTableTest, EveryFormGivesTheSameRuns) {
  const std::string a =
      R"({"config": {"n_params": 1e6, "betas": [1, {"x": 2}]},
          "summary": {"val/loss": 3.5}, "tokens": "20M", "note": "\"q\" é"})";
  const std::string b =
      R"({"tokens":40000000,"summary":{"val/loss":3.25},"config":{"n_params":2000000}})";
  for (const std::string& text :
       {absl::StrCat("[", a, ",\n", b, "]"), absl::StrCat(a, "\n", b, "\n"),
        absl::StrCat(R"({"project": "p", "n": [1, 2], "runs": [)", a, ", ", b,
                     "]}"),
        absl::StrCat(R"({"data": {"runs": [)", a, ", ", b, "]}}")}) {
    const RunFile file = Read(text);
    EXPECT_THAT(file.runs.params, ElementsAre(1e6, 2e6)) << text;
    EXPECT_THAT(file.runs.tokens, ElementsAre(2e7, 4e7)) << text;
    EXPECT_THAT(file.runs.loss, ElementsAre(3.5, 3.25)) << text;
    EXPECT_EQ(file.columns.at("params"), "config.n_params");
    EXPECT_EQ(file.columns.at("loss"), "summary.val/loss");
  }
}

// What pandas 2 writes of two rows in each orientation but records.
TEST(JsonTableTest, PandasOrientationsGiveTheSameRuns) {
  const std::string rows = R"({"params":1000000,"tokens":2e7,"val_loss":3.5},)"
                           R"({"params":2000000,"tokens":4e7,"val_loss":3.25})";
  const struct {
    const char* name;
    std::string text;
  } cases[] = {
      {"columns",
       R"({"params":{"0":1000000,"1":2000000},"tokens":{"0":2e7,"1":4e7},)"
       R"("val_loss":{"0":3.5,"1":3.25}})"},
      {"columns, rows by name",
       R"({"params":{"a":1000000,"b\u00e9":2000000},"tokens":{"a":2e7,)"
       R"("b\u00e9":4e7},"val_loss":{"a":3.5,"b\u00e9":3.25}})"},
      {"index", R"({"0":{"params":1000000,"tokens":2e7,"val_loss":3.5},)"
                R"("1":{"params":2000000,"tokens":4e7,"val_loss":3.25}})"},
      {"index, rows by name",
       R"({"a":{"params":1000000,"tokens":2e7,"val_loss":3.5},)"
       R"("b":{"params":2000000,"tokens":4e7,"val_loss":3.25}})"},
      {"index, not alike",
       R"({"0":{"params":1000000,"tokens":2e7,"val_loss":3.5},)"
       R"("1":{"seed":1,"val_loss":3.25,"params":2000000,"tokens":4e7}})"},
      {"split",
       R"({"columns":["params","tokens","betas","val_loss"],"index":[0,1],)"
       R"("data":[[1000000,2e7,[1,2],3.5],[2000000,4e7,null,3.25]]})"},
      {"table", R"({"schema":{"fields":[{"name":"index","type":"integer"},)"
                R"({"name":"params","type":"integer"}],"primaryKey":["index"],)"
                R"("pandas_version":"1.4.0"},"data":[)" +
                    rows + "]}"},
      {"lists", R"({"params":[1000000,2000000],"tokens":[2e7,4e7],)"
                R"("val_loss":[3.5,3.25]})"},
  };
  for (const auto& [name, text] : cases) {
    SCOPED_TRACE(name);
    const RunFile file = Read(text);
    EXPECT_THAT(file.runs.params, ElementsAre(1e6, 2e6));
    EXPECT_THAT(file.runs.tokens, ElementsAre(2e7, 4e7));
    EXPECT_THAT(file.runs.loss, ElementsAre(3.5, 3.25));
    EXPECT_EQ(file.columns.at("loss"), "val_loss");
  }
}

TEST(JsonTableTest, PandasOrientationsKeepPlacesAndBlanks) {
  const RunFile file = Read(
      "{\"params\":{\"0\":1,\"1\":2,\"2\":1},\n"
      "\"tokens\":{\"0\":10,\"1\":20,\"2\":10},\n"
      "\"loss\":{\"0\":3,\"1\":null,\"2\":3}}");
  EXPECT_THAT(file.notes,
              ElementsAre(HasSubstr("1 of 3 rows is the same as another"),
                          HasSubstr("no loss (line 1)")));
  EXPECT_THAT(TableError("{\"params\":{\"0\":1},\n\"tokens\":{\"0\":1},\n"
                         "\"loss\":{\"0\":\"x\"}}"),
              StartsWith("f:3:13: loss 'x' is not a number"));
  EXPECT_THAT(TableError("{\"columns\":[\"params\",\"tokens\",\"loss\"],"
                         "\"data\":[[1,2,3],\n[1,2]]}"),
              StartsWith("f:2:1: 2 values where there are 3 columns"));
  EXPECT_THAT(TableError("{\"columns\":[\"params\",\"tokens\",\"loss\"],"
                         "\"data\":[[1,2,3],\n[1]]}"),
              StartsWith("f:2:1: 1 value where there are 3 columns"));
}

// As MLflow's server writes metrics and params.
TEST(JsonTableTest, ListsOfPairsAreObjects) {
  const std::string run =
      R"({"params":[{"key":"n_params","value":"1e6"},{"key":"x"}],)"
      R"("metrics":[{"key":"val_loss","value":4,"step":0},)"
      R"({"step":1,"key":"tokens_se\u0065n","value":2e7,"of":[{"key":"loss"}]},)"
      R"({"key":"val_loss","value":3.5,"step":1}],"tags":[]})";
  for (const std::string& text :
       {run, "[" + run + "]", "{\"runs\":[" + run + "]}"}) {
    const RunFile file = Read(text);
    EXPECT_THAT(file.runs.params, ElementsAre(1e6)) << text;
    EXPECT_THAT(file.runs.tokens, ElementsAre(2e7)) << text;
    EXPECT_THAT(file.runs.loss, ElementsAre(3.5)) << text;
    EXPECT_EQ(file.columns.at("loss"), "metrics.val_loss");
  }
}

// The last one won without a word.
TEST(JsonTableTest, AKeyThatStandsTwiceIsRefused) {
  EXPECT_EQ(TableError("[{\"params\":1e6,\"tokens\":2e7,\"loss\":3.5,\n"
                       "\"loss\":3.25}]"),
            "f:2:1: the key 'loss' stands a second time in one object; keep "
            "one of the two");
  // However it is written, in an object in a run, and in a run that is not
  // the first.
  EXPECT_THAT(TableError(R"({"params":1e6,"tokens":2e7,"loss":3}
{"params":1e6,"m":{"loss":3.5,"x":[{"y":1,"y":2}],"lo\u0073s":3}})"),
              StartsWith("f:2:51: the key 'loss' stands a second"));
  EXPECT_THAT(TableError(R"({"params":{"0":1},"tokens":{"0":2},"params":{}})"),
              StartsWith("f:1:36: the key 'params'"));
  std::string many = "{\"loss\":3";
  for (int i = 0; i < 40; ++i) many += ",\"x" + std::to_string(i) + "\":1";
  EXPECT_THAT(TableError(many + ",\"x30\":2}"), HasSubstr("the key 'x30'"));
  EXPECT_THAT(TableError(many + ",\"loss\":2}"), HasSubstr("the key 'loss'"));
}

// A key with an escape is a text of its own, which an object inside moved.
TEST(JsonTableTest, AnEscapedKeyIsKnownAfterAnObjectInside) {
  const RunFile file =
      Read(R"({"lo\u0073s":3,"m":{"a":1},"seed":2,"params":1e6,"tokens":2e7})");
  EXPECT_THAT(file.runs.loss, ElementsAre(3));
  EXPECT_THAT(TableError(R"({"lo\u0073s":3,"m":{"a":1},"seed":2})"),
              HasSubstr("no column is named 'params'"));
  EXPECT_THAT(TableError(R"({"lo\u0073s":3,"m":{"a":1},"loss":2})"),
              HasSubstr("the key 'loss' stands a second time"));
  // However deep.
  EXPECT_THAT(
      TableError(
          R"({"x":{"lo\u0073s":3,"m":{"a":{"b":{"c":1}}},"n":{},"loss":2}})"),
      HasSubstr("the key 'loss' stands a second time"));
}

TEST(JsonTableTest, RowsWithoutNamesAreRefused) {
  EXPECT_EQ(TableError("[[1e6,2e7,3.5],[2e6,4e7,3.25]]"),
            "f:1:2: the rows are lists, without names of columns; write each "
            "run as an object, by df.to_json(orient=\"records\") if pandas "
            "wrote it");
}

TEST(JsonTableTest, WhatGrowsWithoutBoundIsRefused) {
  std::string names = "[";
  for (int i = 0; i < 70000; ++i)
    names += "{\"x" + std::to_string(i) + "\":1},";
  names.back() = ']';
  EXPECT_THAT(TableError(names), HasSubstr("more than 65536 different names"));
  std::string lists = "{\"x\":1";
  for (int i = 0; i < 2000; ++i) lists += ",\"x" + std::to_string(i) + "\":[1]";
  EXPECT_THAT(TableError(lists + "}"), HasSubstr("more than 1000 lists"));
  EXPECT_THAT(TableError("{\"" + std::string(1001, 'x') + "\":1}"),
              StartsWith("f:1:2: the name of the value is longer than 1000"));
}

TEST(JsonTableTest, NullAbsentAndPythonsNaNAreBlank) {
  const RunFile file = Read(
      "{\"params\": 1, \"tokens\": 2, \"loss\": 3}\n"
      "{\"params\": 1, \"tokens\": 2, \"loss\": null}\n"
      "{\"params\": 1, \"tokens\": 2}\n"
      "{\"params\": 1, \"tokens\": 2, \"loss\": NaN, \"n\": \"NaN\"}\n"
      "{\"params\": 1, \"tokens\": 2, \"loss\": -Infinity}\n");
  EXPECT_EQ(file.runs.rows(), 1);
  EXPECT_THAT(file.notes, ElementsAre("4 of 5 rows left out: no loss (lines 2, "
                                      "3, 4, 5)"));
}

TEST(JsonTableTest, ErrorsNameTheirPlace) {
  EXPECT_THAT(TableError("[{\"params\": 1, \"tokens\": 2,\n \"loss\": \"x\"}]"),
              StartsWith("f:2:10: loss 'x' is not a number"));
  EXPECT_THAT(TableError("[{\"params\": 1,\n \"tokens\" 2}]"),
              StartsWith("f:2:11: this is no JSON (while parsing object"));
  EXPECT_THAT(TableError("[{\"params\": 1"),
              StartsWith("f:1:14: the JSON ends early; complete"));
  EXPECT_EQ(
      TableError("[{\"params\": 1e400}]"),
      "f:1:13: this is no JSON (number overflow parsing '1e400'); correct "
      "it here");
  EXPECT_THAT(TableError("[1, 2]"),
              StartsWith("f:1:2: a value where a run is"));
  EXPECT_THAT(TableError("[]"), StartsWith("f:1:1: the list is empty"));
  EXPECT_THAT(TableError("{\"a\": [{\"x\": 1}], \"b\": [{\"x\": 1}]}"),
              HasSubstr("2 lists of objects, 'a', 'b'"));
  EXPECT_THAT(TableError(std::string(100000, '[')),
              HasSubstr("more than 64 deep"));
  std::string nested;
  for (int i = 0; i < 100000; ++i) nested += "{\"a\":";
  EXPECT_THAT(TableError(nested), HasSubstr("more than 64 deep"));
  EXPECT_THAT(TableError("{\"x\": 1}"),
              StartsWith("f:1:1: no column is named 'params': there is one "
                         "column, 'x'"));
}

}  // namespace
}  // namespace isoshape
