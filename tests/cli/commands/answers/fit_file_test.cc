// `isoshape fit --input` through the built program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "scaling/laws/repeated_data.h"
#include "tests/cli/run_files.h"
#include "tests/cli/run_program.h"

namespace isoshape {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

class FitFileTest : public RunFilesTest {
 protected:
  json FitJson(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "fit");
    arguments.insert(arguments.end(), {"--output", "json"});
    const ProgramResult result = RunIsoshape(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return json::parse(result.out, nullptr, false);
  }
  // The one line of an error; notes of how the file was read may come before.
  std::string Fails(std::vector<std::string> arguments, int code) {
    arguments.insert(arguments.begin(), "fit");
    const ProgramResult result = RunIsoshape(arguments);
    EXPECT_EQ(result.exit_code, code) << result.out;
    EXPECT_EQ(result.out, "");
    const size_t error = result.err.find("isoshape: ");
    EXPECT_TRUE(error == 0 || result.err.substr(0, 6) == "note: ");
    const std::string line =
        result.err.substr(std::min(error, result.err.size()));
    EXPECT_EQ(CountLines(line), 1) << result.err;
    return line;
  }
};

TEST_F(FitFileTest, PublishedAnswersOfChinchilla) {
  PUBLISHED_FILE_OR_SKIP(runs, "chinchilla.csv");
  const json fit =
      FitJson({"--input", runs, "--column", "tokens=training_tokens", "--where",
               "used_in_fit=1", "--bootstrap", "100"});
  EXPECT_EQ(fit["law"], "parametric");
  EXPECT_EQ(fit["trials"], 240);
  const json& parameters = fit["parameters"];
  EXPECT_NEAR(std::log(ValueOf(parameters, "A")), std::log(477.826), 0.005);
  EXPECT_NEAR(std::log(ValueOf(parameters, "B")), std::log(2143.417), 0.01);
  EXPECT_NEAR(ValueOf(parameters, "E"), 1.817218, 5e-4);
  EXPECT_NEAR(ValueOf(parameters, "alpha"), 0.347310, 5e-4);
  EXPECT_NEAR(ValueOf(parameters, "beta"), 0.367172, 5e-4);
  EXPECT_LE(fit["optimum"]["objective"].get<double>(), 0.00101828);
  EXPECT_EQ(fit["optimum"]["converged"], true);
  EXPECT_GE(fit["optimum"]["agreeing"].get<int>(), 2);
  EXPECT_NEAR(ValueOf(fit["derived"], "a"), 0.5139, 1e-3);
  for (const char* name : {"A", "B", "E", "alpha", "beta"}) {
    const json figure = FigureOf(parameters, name);
    const json& estimate = figure["estimate"];
    EXPECT_LT(estimate["lower"], estimate["upper"]) << name;
    EXPECT_EQ(estimate["level"], 0.95);
    EXPECT_GT(figure["standard_error"], 0);
    EXPECT_LT(estimate["bca_lower"], estimate["bca_upper"]);
  }
  // One group of sizes lies above the law, and some losses far from it; nothing
  // else is the matter.
  ASSERT_EQ(fit["warnings"].size(), 2) << fit["warnings"];
  EXPECT_THAT(fit["warnings"][0].get<std::string>(),
              HasSubstr("than the scatter of the others explains"));
  EXPECT_THAT(fit["warnings"][1].get<std::string>(),
              HasSubstr("the law does not bend as they do"));
}

// The published resamples through --resamples: the standard deviation of their
// published fits.
TEST_F(FitFileTest, ResamplesOfAFile) {
  PUBLISHED_FILE_OR_SKIP(runs, "chinchilla.csv");
  PUBLISHED_FILE_OR_SKIP(resamples, "chinchilla_resamples.csv");
  const std::vector<std::string> arguments = {
      "--input",     runs,
      "--column",    "tokens=training_tokens",
      "--where",     "used_in_fit=1",
      "--resamples", resamples};
  const json fit = FitJson(arguments);
  const json alpha = FigureOf(fit["parameters"], "alpha");
  EXPECT_EQ(alpha["resamples"], 100);
  EXPECT_EQ(alpha.value("failed", 0), 0);
  std::vector<std::string> seeded = arguments;
  seeded.insert(seeded.end(), {"--seed", "3"});
  EXPECT_THAT(Fails(seeded, 2), HasSubstr("leave out --bootstrap and --seed"));
}

// Runs of up to ten times a corpus of 1e9 tokens, whose losses follow the law
// in effective tokens.
TEST_F(FitFileTest, TokensOfARepeatedCorpusCountByTheirWorth) {
  std::string text = "params,tokens,loss\n";
  for (const double size : {1e6, 4e6, 1.6e7, 6.4e7, 2.56e8}) {
    for (const double tokens : {1e8, 3e8, 1e9, 3e9, 1e10}) {
      const std::string row = RunLine(size, EffectiveTokens(tokens, 1e9, {}));
      absl::StrAppend(&text, size, ",", tokens, row.substr(row.rfind(',')));
    }
  }
  const std::string runs = Write("runs.csv", text);
  const json fit =
      FitJson({"--input", runs, "--corpus", "1e9", "--bootstrap", "0"});
  EXPECT_NEAR(ValueOf(fit["parameters"], "beta"), 0.28, 1e-3);
  EXPECT_NEAR(ValueOf(fit["parameters"], "alpha"), 0.34, 1e-3);
  EXPECT_THAT(fit["warnings"].dump(),
              HasSubstr("10 of 25 runs train on more tokens"));
  const json as_if_fresh = FitJson({"--input", runs, "--bootstrap", "0"});
  EXPECT_GT(std::abs(ValueOf(as_if_fresh["parameters"], "beta") - 0.28), 0.005);
  EXPECT_THAT(Fails({"--input", runs, "--corpus", "0"}, 2),
              HasSubstr("'0' is not a number above 0"));
}

TEST_F(FitFileTest, LeastAbsoluteDeviationsOfChinchilla) {
  PUBLISHED_FILE_OR_SKIP(runs, "chinchilla.csv");
  const json fit =
      FitJson({"--input", runs, "--column", "tokens=training_tokens", "--where",
               "used_in_fit=1", "--loss", "lad", "--bootstrap", "0"});
  EXPECT_NEAR(ValueOf(fit["parameters"], "alpha"), 0.34781, 5e-4);
  EXPECT_NEAR(ValueOf(fit["parameters"], "beta"), 0.36585, 5e-4);
  EXPECT_FALSE(
      FigureOf(fit["parameters"], "alpha")["estimate"].contains("lower"));
}

// Clusters by run; the law without shape beside the others.
TEST_F(FitFileTest, ShapeLawsOfGemstones) {
  PUBLISHED_FILE_OR_SKIP(runs, "gemstones.csv");
  const json fit =
      FitJson({"--input", runs, "--law", "shape", "--size", "flops", "--column",
               "loss=val_loss", "--column", "run=run_name", "--where",
               "in_hot_le100b=1", "--bootstrap", "40"});
  EXPECT_EQ(fit["trials"], 220);
  EXPECT_THAT(fit["interval_method"].get<std::string>(),
              HasSubstr("22 clusters by run"));
  EXPECT_NEAR(ValueOf(fit["derived"], "best_ratio"), 41, 2);
  ASSERT_EQ(fit["comparison"].size(), 4);
  EXPECT_EQ(fit["comparison"][0]["name"], "none");
  EXPECT_NEAR(fit["comparison"][3]["held_out_rmse"].get<double>(), 0.016,
              0.0007);
  EXPECT_EQ(fit["comparison"][3]["chosen"], true);
  EXPECT_EQ(fit["findings"].size(), 3);
}

// The exponent of the first experiment, published as .4969 (.4907-.5045).
TEST_F(FitFileTest, IsoflopCurvesOfPorian) {
  PUBLISHED_FILE_OR_SKIP(runs, "porian.csv");
  const json fit =
      FitJson({"--input", runs, "--law", "isoflop", "--column", "budget=flops",
               "--where", "experiment=rw|tuned|short|const|standard|val",
               "--bootstrap", "50"});
  EXPECT_NEAR(ValueOf(fit["parameters"], "a"), 0.497, 0.02);
  EXPECT_GE(fit["optima"].size(), 5);
  const json& budget = fit["optima"][3];
  EXPECT_GT(budget["optimal_size"]["value"], 0);
  EXPECT_FALSE(fit.contains("optimum"));
}

TEST_F(FitFileTest, EnvelopeOfGemstones) {
  PUBLISHED_FILE_OR_SKIP(runs, "gemstones.csv");
  const json fit = FitJson({"--input", runs, "--law", "envelope", "--column",
                            "loss=val_loss", "--column", "run=run_name",
                            "--where", "in_hot_le100b=1", "--bootstrap", "50"});
  EXPECT_GT(ValueOf(fit["parameters"], "a"), 0.3);
  EXPECT_LT(ValueOf(fit["parameters"], "a"), 0.7);
  EXPECT_THAT(fit["findings"].dump(), HasSubstr("on the envelope"));
}

// The methods disagree on the same data, and a user sees that: .497 and .529.
TEST_F(FitFileTest, MethodsSideBySideOnPorian) {
  PUBLISHED_FILE_OR_SKIP(runs, "porian.csv");
  const json fit =
      FitJson({"--input", runs, "--law", "methods", "--column", "budget=flops",
               "--where", "experiment=rw|tuned|short|const|standard|val",
               "--bootstrap", "50"});
  EXPECT_NEAR(ValueOf(fit["parameters"], "isoflop-akima"), 0.497, 0.01);
  EXPECT_NEAR(ValueOf(fit["parameters"], "parametric"), 0.529, 0.01);
}

TEST_F(FitFileTest, ALawWithoutNoiseIsRecoveredAndPrinted) {
  const std::string runs = Write("runs.csv", ParametricRuns());
  const json fit = FitJson({"--input", runs, "--bootstrap", "20"});
  EXPECT_NEAR(ValueOf(fit["parameters"], "alpha"), 0.34, 1e-6);
  EXPECT_NEAR(ValueOf(fit["parameters"], "E"), 1.7, 1e-6);
  const ProgramResult table =
      RunIsoshape({"fit", "--input", runs, "--bootstrap", "20"});
  EXPECT_EQ(table.exit_code, 0);
  EXPECT_THAT(table.out, HasSubstr("alpha"));
  EXPECT_THAT(table.out, HasSubstr("converged"));
  EXPECT_THAT(table.out, HasSubstr("20 resamples of seed 0"));
  // The size that the FLOPs say.
  const json by_flops =
      FitJson({"--input", runs, "--size", "flops", "--bootstrap", "0"});
  EXPECT_EQ(by_flops["size"], "FLOPs per token / 6");
  const json fixed =
      FitJson({"--input", runs, "--fixed-e", "1.7", "--bootstrap", "0"});
  EXPECT_EQ(ValueOf(fixed["parameters"], "E"), 1.7);
  EXPECT_NEAR(ValueOf(fixed["parameters"], "beta"), 0.28, 1e-6);
}

// The surface has priors: how much of each figure they carry stands beside it.
TEST_F(FitFileTest, TheSurfaceSaysWhatItsPriorsCarry) {
  const ProgramResult table =
      RunIsoshape({"fit", "--input", Write("runs.csv", ParametricRuns()),
                   "--law", "surface", "--bootstrap", "50"});
  EXPECT_EQ(table.exit_code, 0) << table.err;
  EXPECT_THAT(table.out, HasSubstr("BY PRIORS"));
  EXPECT_THAT(table.out, Not(HasSubstr("BCA")));
  EXPECT_THAT(table.out, HasSubstr(" %"));
}

TEST_F(FitFileTest, OneBudgetIsWarnedOf) {
  std::string text = "params,tokens,loss\n";
  for (const double size : {1e6, 2e6, 4e6, 8e6, 16e6, 32e6, 64e6}) {
    text += RunLine(size, 1e15 / 6 / size);
  }
  const json fit =
      FitJson({"--input", Write("one.csv", text), "--bootstrap", "0"});
  EXPECT_THAT(fit["warnings"].dump(), HasSubstr("all runs are of one budget"));
}

TEST_F(FitFileTest, RunsThatCannotFixTheLawAreRefused) {
  const std::string header = "params,tokens,loss\n";
  EXPECT_THAT(Fails({"--input", Write("few.csv", header + RunLine(1e6, 1e7) +
                                                     RunLine(2e6, 3e7))},
                    1),
              HasSubstr("2 different runs cannot fix 5 parameters and show how "
                        "well they are known; give 7 or more"));
  std::string one_size = header;
  std::string equal = header;
  for (const double tokens : {1e7, 2e7, 4e7, 8e7, 16e7, 32e7, 40e7}) {
    one_size += RunLine(1e6, tokens);
    // At two numbers of tokens a parameter.
    equal += std::to_string(tokens / (tokens > 5e7 ? 10 : 40)) + "," +
             std::to_string(tokens) + ",3\n";
  }
  EXPECT_THAT(Fails({"--input", Write("size.csv", one_size)}, 1),
              HasSubstr("all 7 runs have the same size, 1M"));
  EXPECT_THAT(Fails({"--input", Write("equal.csv", equal)}, 1),
              HasSubstr("equal.csv: all losses are equal"));
  EXPECT_THAT(Fails({"--input", Write("none.csv", header)}, 1),
              HasSubstr("no row below the header"));
  EXPECT_THAT(
      Fails({"--input", Write("runs.csv", ParametricRuns()), "--law", "shape"},
            1),
      HasSubstr("width and depth"));
  EXPECT_THAT(
      Fails({"--input", Write("runs.csv", ParametricRuns()), "--law", "levine"},
            1),
      HasSubstr("width, depth and budget"));
}

TEST_F(FitFileTest, MalformedFilesAndFlagsAreWrongUse) {
  const std::string header = "params,tokens,loss\n";
  const std::string bad =
      Write("bad.csv", header + "1e6,1e7,3.5\n1e6,2e7,abc\n");
  EXPECT_THAT(Fails({"--input", bad}, 2),
              HasSubstr("bad.csv:3:9: loss 'abc' is not a number"));
  EXPECT_THAT(
      Fails(
          {"--input", Write("nan.csv", header + "1e6,-1e7,3.5\n"), "--strict"},
          2),
      HasSubstr("nan.csv:2:5: tokens '-1e7' is not a finite number above 0"));
  EXPECT_THAT(Fails({"--input", Write("short.csv", header + "1e6,1e7\n")}, 2),
              HasSubstr("short.csv:2:1: 2 fields where the header has 3"));
  EXPECT_THAT(Fails({"--input", bad, "--column", "loss=val_loss"}, 2),
              HasSubstr("no column is named 'val_loss'"));
  EXPECT_THAT(Fails({"--input", bad, "--column", "lr=rate"}, 2),
              HasSubstr("'lr' is not one of params, tokens, loss"));
  EXPECT_THAT(Fails({"--input", bad, "--where", "x"}, 2),
              HasSubstr("'x' is not of the form NAME=TEXT"));
  EXPECT_THAT(Fails({"--input", "/nonexistent/runs.csv"}, 2),
              HasSubstr("cannot read the runs /nonexistent/runs.csv"));
  EXPECT_THAT(Fails({"--input", folder()}, 2), HasSubstr("directory"));
  EXPECT_THAT(Fails({"--input", bad, "--law", "quadratic"}, 2),
              HasSubstr("quadratic"));
  EXPECT_THAT(Fails({"--input", bad, "--huber-delta", "0"}, 2),
              HasSubstr("'0' is not a number above 0"));
  EXPECT_THAT(Fails({}, 2), HasSubstr("one of them"));
  EXPECT_THAT(Fails({"c1", "--input", bad}, 2), HasSubstr("one of them"));
}

// The runs of ParametricRuns with a column of recipes and one of weights.
std::string RecipeRuns(const std::string& weight) {
  std::istringstream lines(ParametricRuns());
  std::string line;
  std::getline(lines, line);
  std::string text = line + ",schedule,weight\n";
  while (std::getline(lines, line)) {
    absl::StrAppend(&text, line, ",cosine,1\n", line, ",constant,", weight,
                    "\n");
  }
  return text;
}

TEST_F(FitFileTest, RecipesStandSideBySide) {
  const std::string runs = Write("runs.csv", RecipeRuns("1"));
  const json fits =
      FitJson({"--input", runs, "--by", "schedule", "--bootstrap", "100"});
  EXPECT_EQ(fits["column"], "schedule");
  ASSERT_EQ(fits["recipes"].size(), 2);
  EXPECT_EQ(fits["recipes"][0]["value"], "cosine");
  EXPECT_EQ(fits["recipes"][1]["value"], "constant");
  for (const json& recipe : fits["recipes"]) {
    EXPECT_EQ(recipe["fit"]["trials"], 30);
    EXPECT_NEAR(ValueOf(recipe["fit"]["parameters"], "alpha"), 0.34, 1e-3);
  }
  EXPECT_EQ(fits["tests"].size(), 5);
  EXPECT_THAT(Fails({"--input", runs, "--by", "loss"}, 2),
              HasSubstr("more than 20 different texts"));
  EXPECT_THAT(Fails({"--input", runs, "--by", "recipe"}, 2),
              HasSubstr("--by NAME"));
  EXPECT_THAT(
      Fails({"--input", runs, "--by", "schedule", "--draws", "d.csv"}, 2),
      HasSubstr("--where"));
}

TEST_F(FitFileTest, PriorsTiesWeightsAndAdviceAreAsked) {
  const std::string runs = Write("runs.csv", RecipeRuns("0"));
  const ProgramResult text =
      RunIsoshape({"fit", "--input", runs, "--prior", "weak", "--bootstrap",
                   "50", "--advise", "1e21"});
  EXPECT_EQ(text.exit_code, 0) << text.err;
  EXPECT_THAT(text.err, HasSubstr("30 of 60 rows left out: weight 0"));
  EXPECT_THAT(text.out, HasSubstr("BY PRIORS"));
  EXPECT_THAT(text.out, HasSubstr("runs to add"));
  const json tied =
      FitJson({"--input", runs, "--tie-exponents", "--bootstrap", "50"});
  EXPECT_EQ(ValueOf(tied["parameters"], "alpha"),
            ValueOf(tied["parameters"], "beta"));
  const json gamma =
      FitJson({"--input", runs, "--free-gamma", "--bootstrap", "50"});
  EXPECT_EQ(gamma["formula"], "L = E + (A N^-alpha + B D^-beta)^gamma");
  EXPECT_THAT(Fails({"--input", runs, "--free-gamma", "--tie-exponents"}, 2),
              HasSubstr("leave out --free-gamma or --tie-exponents"));
  EXPECT_THAT(
      Fails({"--input", runs, "--law", "envelope", "--prior", "weak"}, 2),
      HasSubstr("no priors"));
}

// Wrote over the runs with rc 0.
TEST_F(FitFileTest, AFileThatIsReadIsNotWrittenOver) {
  const std::string runs = Write("runs.csv", ParametricRuns());
  EXPECT_THAT(Fails({"--input", runs, "--residuals", runs}, 2),
              HasSubstr("is the file of --input and would be overwritten"));
  const std::string out = absl::StrCat(runs, ".out");
  EXPECT_THAT(Fails({"--input", runs, "--residuals", out, "--draws", out}, 2),
              HasSubstr("is the file of --residuals"));
}

// What a law does not take was left out without a word.
TEST_F(FitFileTest, OptionsThatTheLawDoesNotTakeAreRefused) {
  const std::string runs = Write("runs.csv", ParametricRuns());
  EXPECT_THAT(
      Fails({"--input", runs, "--law", "surface", "--fixed-e", "1.5"}, 2),
      HasSubstr("--law surface takes no fixed E; set --law parametric, "
                "ladder or methods"));
  EXPECT_THAT(Fails({"--input", runs, "--law", "envelope", "--loss", "lad"}, 2),
              HasSubstr("not fitted by least absolute deviations"));
  EXPECT_THAT(Fails({"--input", runs, "--law", "isoflop", "--free-gamma"}, 2),
              HasSubstr("--law isoflop has no gamma to be free; set --law "
                        "parametric"));
}

}  // namespace
}  // namespace isoshape
