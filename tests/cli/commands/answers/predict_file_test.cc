// `isoshape predict --input` through the built program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/cli/run_files.h"
#include "tests/cli/run_program.h"

namespace isoshape {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class PredictFileTest : public RunFilesTest {
 protected:
  json PredictJson(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "predict");
    arguments.insert(arguments.end(), {"--output", "json"});
    const ProgramResult result = RunIsoshape(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return json::parse(result.out, nullptr, false);
  }
  std::string Fails(std::vector<std::string> arguments, int code) {
    arguments.insert(arguments.begin(), "predict");
    const ProgramResult result = RunIsoshape(arguments);
    EXPECT_EQ(result.exit_code, code) << result.out;
    EXPECT_EQ(CountLines(result.err), 1) << result.err;
    return result.err;
  }
};

TEST_F(PredictFileTest, PublishedOptimaOfChinchilla) {
  PUBLISHED_FILE_OR_SKIP(runs, "chinchilla.csv");
  const struct {
    const char* compute;
    double size;
  } answers[] = {{"1e18", 8.020e7}, {"1e20", 8.5502e8}, {"5.76e23", 7.319e10}};
  json last;
  for (const auto& [compute, size] : answers) {
    last = PredictJson({"--input", runs, "--column", "tokens=training_tokens",
                        "--column", "flops=training_flop", "--where",
                        "used_in_fit=1", "--law", "parametric", "--compute",
                        compute, "--bootstrap", "50"});
    EXPECT_NEAR(ValueOf(last["figures"], "size") / size, 1, 1e-3);
  }
  EXPECT_EQ(last["law"], "parametric");
  EXPECT_NEAR(ValueOf(last["figures"], "tokens") / 1.3116e12, 1, 1e-3);
  EXPECT_NEAR(ValueOf(last["figures"], "loss"), 1.97391, 1e-4);
  EXPECT_GT(last["extrapolation"], 10);
  for (const json& figure : last["figures"]) {
    const json& estimate = figure["estimate"];
    EXPECT_LT(estimate["lower"], estimate["value"]) << figure;
    EXPECT_GT(estimate["upper"], estimate["value"]) << figure;
  }
  EXPECT_EQ(last["optimal_size"]["value"], ValueOf(last["figures"], "size"));
  // One run is less certain than the law.
  EXPECT_LT(last["loss"]["lower"],
            FigureOf(last["figures"], "loss")["estimate"]["lower"]);
  EXPECT_EQ(last["held_out"]["trials"], 60);
  EXPECT_FALSE(last.contains("shape"));
}

TEST_F(PredictFileTest, ShapesOfGemstonesWithRunnersUpAndLimits) {
  PUBLISHED_FILE_OR_SKIP(runs, "gemstones.csv");
  const std::vector<std::string> arguments = {"--input",     runs,
                                              "--size",      "flops",
                                              "--column",    "loss=val_loss",
                                              "--column",    "run=run_name",
                                              "--where",     "in_hot_le100b=1",
                                              "--law",       "shape",
                                              "--compute",   "1e21",
                                              "--bootstrap", "30",
                                              "--head-dim",  "128",
                                              "--vocab",     "50304",
                                              "--context",   "2048"};
  const json free = PredictJson(arguments);
  EXPECT_EQ(free["law"], "shape");
  EXPECT_NEAR(ValueOf(free["figures"], "aspect_ratio"), 41, 3);
  ASSERT_EQ(free["shapes"].size(), 5);
  const json& best = free["shapes"][0];
  EXPECT_EQ(best["shape"]["head_dim"], 128);
  EXPECT_EQ(best["shape"]["width"].get<int>() % 128, 0);
  EXPECT_EQ(best.value("above_best", 0.0), 0);
  EXPECT_EQ(best["shape"], free["shape"]);
  EXPECT_GT(free["shapes"][1]["above_best"], 0);
  EXPECT_GT(free["shapes"][1]["wasted_compute"], 0);
  EXPECT_GT(FigureOf(free["figures"], "depth")["resamples"], 0);
  std::vector<std::string> limited = arguments;
  limited.insert(limited.end(), {"--max-params", "500000000"});
  const json small = PredictJson(limited);
  EXPECT_LE(small["shapes"][0]["parameters"], 5e8);
  EXPECT_GT(small["shapes"][0]["loss"], best["loss"]);
}

// Runs of a ratio law whose decoded token takes 2 ms a layer; some were not
// measured.
std::string TimedRuns() {
  std::string text = "params,tokens,loss,flops,width,depth,decode_seconds\n";
  for (const double budget : {1e17, 1e18, 1e19}) {
    for (const int depth : {2, 4, 8, 16}) {
      for (const int width : {128, 256, 512}) {
        const double size = 12.0 * depth * width * width;
        const double tokens = budget / 6 / size;
        const double departure = std::log(width / 30.0 / depth);
        const double loss =
            1.7 +
            400 * std::pow(size, -0.34) * (1 + 0.06 * departure * departure) +
            400 * std::pow(tokens, -0.3);
        absl::StrAppendFormat(&text, "%.0f,%.0f,%.6f,%.6g,%d,%d,%s\n", size,
                              tokens, loss, budget, width, depth,
                              width == 512 ? "" : absl::StrCat(0.002 * depth));
      }
    }
  }
  return text;
}

TEST_F(PredictFileTest, ALimitOfLatencyRestsOnTheMeasuredRuns) {
  const std::string runs = Write("timed.csv", TimedRuns());
  const std::vector<std::string> arguments = {
      "--input",    runs,    "--compute", "3e19",        "--size",
      "flops",      "--law", "shape",     "--bootstrap", "30",
      "--head-dim", "32",    "--context", "128"};
  const json free = PredictJson(arguments);
  const int depth = free["shapes"][0]["shape"]["depth"].get<int>();
  EXPECT_GT(depth, 4);
  EXPECT_NEAR(free["shapes"][0]["decode_seconds"].get<double>(), 0.002 * depth,
              1e-5);
  std::vector<std::string> limited = arguments;
  limited.insert(limited.end(), {"--max-decode-seconds", "0.0085"});
  const json shallow = PredictJson(limited);
  EXPECT_LE(shallow["shapes"][0]["shape"]["depth"].get<int>(), 4);
  EXPECT_GT(shallow["shapes"][0]["loss"], free["shapes"][0]["loss"]);
  limited[1] = Write("plain.csv", ParametricRuns());
  EXPECT_THAT(Fails(limited, 2),
              HasSubstr("--max-decode-seconds need the columns"));
}

// C by the runs' own FLOPs, here 6 N D: the same answer.
TEST_F(PredictFileTest, ConstraintsAgreeWhereFlopsAre6nd) {
  const std::string runs = Write("runs.csv", ParametricRuns());
  std::vector<std::string> arguments = {
      "--input", runs, "--compute", "1e18", "--bootstrap", "0", "--constraint"};
  std::vector<json> answers;
  for (const char* constraint : {"6nd", "flops"}) {
    arguments.emplace_back(constraint);
    answers.push_back(PredictJson(arguments)["figures"]);
    arguments.pop_back();
  }
  EXPECT_NEAR(ValueOf(answers[0], "size") / ValueOf(answers[1], "size"), 1,
              1e-6);
  const ProgramResult table =
      RunIsoshape({"predict", "--input", runs, "--compute", "1e30", "--law",
                   "parametric", "--anyway"});
  EXPECT_THAT(table.out, HasSubstr("the law is assumed there, not seen"));
  EXPECT_THAT(Fails({"--input", runs, "--compute", "1e30"}, 1),
              HasSubstr("nothing in the runs speaks of it"));
}

TEST_F(PredictFileTest, AnswersTheWholeQuestion) {
  const std::string runs = Write("runs.csv", ParametricRuns());
  const std::vector<std::string> base = {"--input",    runs,          "--law",
                                         "parametric", "--bootstrap", "20"};
  const auto ask = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = base;
    arguments.insert(arguments.end(), more.begin(), more.end());
    return PredictJson(arguments);
  };
  const json best = ask({"--compute", "1e21"});
  EXPECT_EQ(best["question"], "optimum");
  const json over = ask({"--compute", "1e21", "--tokens-per-param", "200"});
  EXPECT_EQ(over["question"], "tokens-per-size");
  EXPECT_NEAR(
      ValueOf(over["figures"], "tokens") / ValueOf(over["figures"], "size"),
      200, 1e-6);
  EXPECT_NEAR(
      ValueOf(over["figures"], "above_best"),
      ValueOf(over["figures"], "loss") - ValueOf(best["figures"], "loss"),
      1e-9);
  const json served = ask({"--compute", "1e21", "--serve-tokens", "1e12"});
  const double size = ValueOf(served["figures"], "size");
  EXPECT_LT(size, ValueOf(best["figures"], "size"));
  EXPECT_NEAR(
      (6 * size * ValueOf(served["figures"], "tokens") + 2e12 * size) / 1e21, 1,
      1e-6);
  const json run = ask({"--at-size", "1e9", "--at-tokens", "2e10"});
  EXPECT_EQ(run["question"], "run");
  EXPECT_NEAR(run["target_flops"].get<double>() / (6 * 1e9 * 2e10), 1, 1e-9);
  EXPECT_LT(run["loss"]["lower"], run["loss"]["value"]);
  EXPECT_EQ(ask({"--compute", "1e21", "--advise"})["advice"].size(), 3);
  EXPECT_THAT(Fails({"--input", runs, "--compute", "1e21", "--at-size", "1e9",
                     "--at-tokens", "2e10"},
                    2),
              HasSubstr("leave out the compute"));
}

TEST_F(PredictFileTest, WritesResidualsAndDraws) {
  const std::string runs = Write("runs.csv", ParametricRuns());
  const std::string residuals = Write("residuals.csv", "");
  const std::string draws = Write("draws.csv", "");
  PredictJson({"--input", runs, "--compute", "1e21", "--law", "parametric",
               "--bootstrap", "20", "--residuals", residuals, "--draws",
               draws});
  const auto lines = [](const std::string& path) {
    std::ifstream file(path);
    std::vector<std::string> read;
    for (std::string line; std::getline(file, line);) read.push_back(line);
    return read;
  };
  const std::vector<std::string> rows = lines(residuals);
  EXPECT_EQ(rows.front(), "line,size,tokens,loss,fitted,residual,weight,used");
  EXPECT_EQ(rows.size(), lines(runs).size());
  EXPECT_EQ(rows[1].substr(0, 2), "2,");
  const std::vector<std::string> drawn = lines(draws);
  EXPECT_EQ(drawn.front(), "draw,size,tokens,loss");
  EXPECT_EQ(drawn.size(), 21);
}

TEST_F(PredictFileTest, SaysWhatTokensAreWorthWhereTheyRepeat) {
  const std::string runs = Write("runs.csv", ParametricRuns());
  const std::vector<std::string> arguments = {
      "--input", runs, "--compute", "1e21", "--bootstrap", "0", "--corpus"};
  std::vector<std::string> plenty = arguments;
  plenty.push_back("1e13");
  EXPECT_THAT(PredictJson(plenty)["warnings"].dump(),
              Not(HasSubstr("epochs of the corpus")));
  std::vector<std::string> scarce = arguments;
  scarce.push_back("1e10");
  EXPECT_THAT(PredictJson(scarce)["warnings"].dump(),
              HasSubstr("epochs of the corpus, worth"));
}

// The lines above the table say of size and tokens what the table says.
TEST_F(PredictFileTest, WhatIsNotIdentifiedIsNowhereAFigure) {
  PUBLISHED_FILE_OR_SKIP(runs, "../cases/runs/gs_rw_original.csv");
  const std::vector<std::string> arguments = {
      "--input", runs,         "--compute",   "1e20",
      "--law",   "parametric", "--bootstrap", "500"};
  const json answer = PredictJson(arguments);
  EXPECT_NE(FigureOf(answer["figures"], "tokens").value("unidentified", ""),
            "");
  EXPECT_NE(answer.value("unidentified", ""), "");
  EXPECT_FALSE(answer.contains("optimalTokens") ||
               answer.contains("optimal_tokens"));
  EXPECT_FALSE(answer.contains("shape"));
  std::vector<std::string> table = arguments;
  table.insert(table.begin(), "predict");
  const std::string out = RunIsoshape(table).out;
  EXPECT_THAT(out, HasSubstr("optimal tokens  not identified: its interval"));
}

// Of a shape whose ratio the runs do not tell no figure is given.
TEST_F(PredictFileTest, AShapeOfNoKnownRatioIsNotCalledTheBest) {
  PUBLISHED_FILE_OR_SKIP(runs, "../cases/runs/xl2048.csv");
  const std::vector<std::string> arguments = {
      "--input", runs, "--compute", "1e21", "--bootstrap", "60"};
  const json answer = PredictJson(arguments);
  EXPECT_TRUE(answer.contains("shape"));
  EXPECT_EQ(answer.value("aspect_ratio", 0.0), 0);
  std::vector<std::string> table = arguments;
  table.insert(table.begin(), "predict");
  const std::string out = RunIsoshape(table).out;
  EXPECT_THAT(out, Not(HasSubstr("best shape")));
  EXPECT_THAT(out, Not(HasSubstr("aspect ratio  ")));
  EXPECT_THAT(out, HasSubstr("the nearest to the middle aspect ratio"));
  // One number for the distance.
  EXPECT_THAT(out, HasSubstr("33.3 x the largest measured"));
  EXPECT_THAT(out, HasSubstr("33.3 times that of the largest run"));
}

TEST_F(PredictFileTest, RefusalsNameTheFileAndEveryReason) {
  PUBLISHED_FILE_OR_SKIP(runs, "../cases/runs/gs_rw_original.csv");
  // Notes of how the file was read come before.
  const ProgramResult refused =
      RunIsoshape({"predict", "--input", runs, "--compute", "1e21"});
  EXPECT_EQ(refused.exit_code, 1);
  const std::string message =
      refused.err.substr(refused.err.find("isoshape: "));
  EXPECT_EQ(CountLines(message), 1) << message;
  EXPECT_THAT(message, HasSubstr("gs_rw_original.csv: the runs do not"));
  EXPECT_THAT(message, Not(HasSubstr("reason of its own")));
}

TEST_F(PredictFileTest, WrongUseAndRunsThatDoNotDo) {
  const std::string runs = Write("runs.csv", ParametricRuns());
  EXPECT_THAT(Fails({"--input", runs}, 2), HasSubstr("needs --compute"));
  EXPECT_THAT(Fails({"--input", runs, "--compute", "-1"}, 2),
              HasSubstr("'-1' is not a number above 0"));
  EXPECT_THAT(Fails({}, 2), HasSubstr("one of them"));
  EXPECT_THAT(
      Fails({"--input", runs, "--compute", "1e20", "--law", "levine"}, 2),
      HasSubstr("levine"));
  EXPECT_THAT(
      Fails({"--input", runs, "--compute", "1e20", "--law", "shape"}, 1),
      HasSubstr("width and depth"));
  EXPECT_THAT(
      Fails({"--input", runs, "--compute", "1e20", "--max-params", "1000"}, 2),
      HasSubstr("--max-params"));
  EXPECT_THAT(Fails({"c1", "--constraint", "flops"}, 2), HasSubstr("--input"));
  // What a law does not take, by the flag that was typed.
  EXPECT_THAT(Fails({"--input", runs, "--compute", "1e20", "--law", "isoflop",
                     "--free-gamma"},
                    2),
              HasSubstr("--law isoflop has no gamma to be free; set --law "
                        "parametric"));
  EXPECT_THAT(
      Fails({"--input", runs, "--compute", "1e20", "--bootstrap", "3"}, 2),
      HasSubstr("3 resamples have no ends"));
}

// They were left out without a word.
TEST_F(PredictFileTest, WhatACampaignIsNotAskedIsRefused) {
  for (const auto& [flag, value] :
       {std::pair{"--fixed-e", "1.5"}, std::pair{"--loss", "lad"},
        std::pair{"--huber-delta", "0.01"}, std::pair{"--size", "params"},
        std::pair{"--head-dim", "64"}}) {
    EXPECT_THAT(Fails({"c1", flag, value}, 2),
                AllOf(HasSubstr(flag), HasSubstr("--input")));
  }
}

TEST_F(PredictFileTest, ALossIsAskedInsteadOfACompute) {
  const std::string runs = Write("runs.csv", ParametricRuns());
  const std::vector<std::string> asked = {
      "--input", runs,         "--bootstrap",   "0",
      "--law",   "parametric", "--target-loss", "2.6"};
  const json plain = PredictJson(asked);
  EXPECT_EQ(plain["question"], "target-loss");
  const double compute = ValueOf(plain["figures"], "compute");
  EXPECT_NEAR(plain["target_flops"].get<double>() / compute, 1, 1e-12);
  std::vector<std::string> served = asked;
  served.insert(served.end(), {"--serve-tokens", "1e12"});
  const json both = PredictJson(served);
  EXPECT_GT(ValueOf(both["figures"], "compute"), compute);
  EXPECT_LT(ValueOf(both["figures"], "size"),
            ValueOf(plain["figures"], "size"));
  EXPECT_GT(ValueOf(both["figures"], "tokens"),
            ValueOf(plain["figures"], "tokens"));
  const double bound = 1.6 * ValueOf(both["figures"], "size");
  served.insert(served.end(),
                {"--max-serve-flops", absl::StrFormat("%.17g", bound)});
  EXPECT_NEAR(ValueOf(PredictJson(served)["figures"], "size") / (bound / 2), 1,
              1e-6);
  EXPECT_THAT(Fails({"--input", runs, "--target-loss", "1.2"}, 1),
              HasSubstr("no compute reaches it"));
  EXPECT_THAT(
      Fails({"--input", runs, "--target-loss", "2", "--compute", "1e20"}, 2),
      HasSubstr("leave out the compute"));
}

}  // namespace
}  // namespace isoshape
