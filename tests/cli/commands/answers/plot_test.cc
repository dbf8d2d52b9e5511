// `isoshape plot` through the built program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/cli/fake_coordinator.h"
#include "tests/cli/run_files.h"
#include "tests/cli/run_program.h"
#include "tests/read_file.h"

namespace isoshape {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class PlotTest : public RunFilesTest {
 protected:
  PlotTest() {
    v1::Figure& figure = coordinator_.figure;
    figure.set_title("isoFLOP curves of campaigns/c1");
    figure.set_sentence("The best size is 32.1k.");
    figure.add_warnings("one budget alone tells no trend");
    figure.set_method("resamples");
    figure.set_drawn(2);
    figure.set_total(7);
    figure.set_thinning("seeds of a shape are drawn as one");
    v1::FigurePanel& panel = *figure.add_panels();
    panel.mutable_x()->set_label("N");
    panel.mutable_x()->set_min(1);
    panel.mutable_x()->set_max(10);
    panel.mutable_y()->set_max(2);
    v1::FigureSeries& series = *panel.add_series();
    series.set_name("measured");
    series.set_mark(v1::FigureSeries::POINTS);
    for (const double x : {2.0, 8.0}) {
      series.add_x(x);
      series.add_y(1);
    }
  }

  ProgramResult Plot(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "plot");
    arguments.insert(arguments.end(), {"--server", coordinator_.address()});
    return RunIsoshape(arguments);
  }
  std::string Fails(const std::vector<std::string>& arguments, int code) {
    const ProgramResult result = Plot(arguments);
    EXPECT_EQ(result.exit_code, code) << result.err;
    EXPECT_EQ(result.out, "");
    EXPECT_EQ(CountLines(result.err), 1) << result.err;
    return result.err;
  }

  FakeCoordinator coordinator_;
};

TEST_F(PlotTest, WithoutAFileItIsCharactersAndWhatAReaderMustKnow) {
  const ProgramResult result = Plot({"c1"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, StartsWith("isoFLOP curves of campaigns/c1\n"));
  EXPECT_THAT(result.out, HasSubstr("•"));
  EXPECT_THAT(result.out, Not(HasSubstr("\x1b")));
  EXPECT_THAT(result.out,
              HasSubstr("\n\nThe best size is 32.1k.\ndrawn: 2 of 7 points; "
                        "seeds of a shape are drawn as one\nresamples\n"
                        "warning: one budget alone tells no trend\n"));
  EXPECT_EQ(coordinator_.last_figure().kind(), v1::Figure::ISOFLOP);
  EXPECT_TRUE(coordinator_.last_figure().wait_for_newest());
}

TEST_F(PlotTest, TheEndOfTheFileIsTheFormat) {
  const struct {
    const char* end;
    const char* begins;
  } formats[] = {
      {"svg", "<svg "},     {"pdf", "%PDF-"},    {"png", "\x89PNG"},
      {"tex", "% isoFLOP"}, {"gp", "# isoFLOP"}, {"csv", "panel,series"},
      {"json", "{"},        {"txt", "isoFLOP"},  {"SVG", "<svg "}};
  for (const auto& [end, begins] : formats) {
    const std::string path = folder() + "/figure." + end;
    const ProgramResult result = Plot({"c1", "--file", path});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(result.out, "");
    EXPECT_THAT(result.err, HasSubstr("written to " + path));
    EXPECT_THAT(result.err, HasSubstr("warning: one budget alone"));
    EXPECT_THAT(ReadFile(path), StartsWith(begins)) << end;
  }
  const std::string path = folder() + "/figure.txt";
  EXPECT_EQ(Plot({"c1", "--file", path, "--format", "csv"}).exit_code, 0);
  EXPECT_THAT(ReadFile(path), StartsWith("panel,series"));
}

TEST_F(PlotTest, StandardOutputTakesEveryFormat) {
  EXPECT_THAT(Plot({"c1", "--file", "-", "--format", "svg"}).out,
              StartsWith("<svg "));
  EXPECT_THAT(Plot({"c1", "--format", "pdf"}).out, StartsWith("%PDF-"));
  const ProgramResult result = Plot({"c1", "--output=json"});
  EXPECT_EQ(json::parse(result.out, nullptr, false)["kind"], "isoflop");
}

// As kubectl has it, and as plot once read it.
TEST_F(PlotTest, OutputIsTheFormOfTheAnswerAndAFileIsTakenWithAWord) {
  const std::string path = folder() + "/figure.svg";
  const ProgramResult file = Plot({"c1", "-o", path});
  EXPECT_EQ(file.exit_code, 0) << file.err;
  EXPECT_THAT(ReadFile(path), StartsWith("<svg "));
  EXPECT_THAT(file.err, StartsWith("isoshape: -o " + path +
                                   " is read as --file " + path));
  EXPECT_THAT(Plot({"c1", "-o", "table"}).out, StartsWith("isoFLOP curves"));
  const ProgramResult both = Plot({"c1", "--file", path, "-o", "b.svg"});
  EXPECT_EQ(both.exit_code, 2);
  EXPECT_THAT(both.err, HasSubstr("named by --file already"));
  // A file in the form that -o says.
  EXPECT_EQ(Plot({"c1", "--file", path, "-o", "json"}).exit_code, 0);
  EXPECT_EQ(json::parse(ReadFile(path), nullptr, false)["kind"], "isoflop");
}

TEST_F(PlotTest, FlagsAreFieldsOfTheRequest) {
  const ProgramResult result = Plot({"c1",
                                     "--kind",
                                     "curves",
                                     "--budget",
                                     "9e11",
                                     "--where",
                                     "depth>4",
                                     "--where",
                                     "state:succeeded",
                                     "--target-flops",
                                     "1e13",
                                     "--bootstrap",
                                     "200",
                                     "--seed",
                                     "3",
                                     "--level",
                                     "0.9",
                                     "--trials",
                                     "4,7",
                                     "--all-trials",
                                     "--max-marks",
                                     "500",
                                     "--law",
                                     "parametric",
                                     "--rule",
                                     "akima",
                                     "--cached"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const v1::GetFigureRequest request = coordinator_.last_figure();
  EXPECT_EQ(request.campaign(), "campaigns/c1");
  EXPECT_EQ(request.kind(), v1::Figure::CURVES);
  EXPECT_EQ(request.budget_flops(), 9e11);
  EXPECT_EQ(request.filter(), "depth>4 state:succeeded");
  EXPECT_EQ(request.target_flops(), 1e13);
  EXPECT_EQ(request.resamples(), 200);
  EXPECT_EQ(request.seed(), 3);
  EXPECT_EQ(request.level(), 0.9);
  EXPECT_THAT(request.trials(), ::testing::ElementsAre(4, 7));
  EXPECT_TRUE(request.show_failed());
  EXPECT_EQ(request.max_marks(), 500);
  EXPECT_EQ(request.law(), v1::FitLawRequest::LAW_PARAMETRIC);
  EXPECT_EQ(request.isoflop_rule(), v1::FitLawRequest::ISOFLOP_RULE_AKIMA);
  EXPECT_FALSE(request.wait_for_newest());
}

TEST_F(PlotTest, WrongUseSaysWhatWasMeant) {
  EXPECT_THAT(Fails({"c1", "--kind", "isoflp"}, 2),
              HasSubstr("did you mean 'isoflop'?"));
  EXPECT_THAT(Fails({"c1", "--kind", "x"}, 2), HasSubstr("heatmap"));
  EXPECT_THAT(Fails({"c1", "--file", "figure.sgv"}, 2),
              HasSubstr("did you mean 'svg'?"));
  EXPECT_THAT(Fails({"c1", "--file", "figure"}, 2), HasSubstr("--format"));
  EXPECT_THAT(Fails({"c1", "--width", "9m"}, 2), HasSubstr("90mm"));
  EXPECT_THAT(Fails({"c1", "--width", "2cm"}, 2), HasSubstr("40 to 1000"));
  EXPECT_THAT(Fails({"c1", "--theme", "auto", "--file", "f.png"}, 2),
              HasSubstr("of svg alone"));
  EXPECT_THAT(Fails({"c1", "--input", "runs.csv"}, 2),
              HasSubstr("one of them"));
  EXPECT_THAT(Fails({}, 2), HasSubstr("one of them"));
  for (const std::string kind : {"curves", "progress"}) {
    EXPECT_THAT(Fails({"--input", "runs.csv", "--kind", kind}, 2),
                HasSubstr("is of campaigns"));
  }
  // A path that is mistyped is no campaign to ask for.
  EXPECT_THAT(Fails({"nope.csv"}, 2),
              AllOf(HasSubstr("there is no file 'nope.csv'"),
                    HasSubstr("--input FILE")));
}

TEST_F(PlotTest, WhatFailsSaysWhy) {
  EXPECT_THAT(Fails({"c9"}, 1), HasSubstr("there is no "));
  EXPECT_THAT(Fails({"c1", "--file", "/nonexistent/f.svg"}, 1),
              AllOf(HasSubstr("cannot write /nonexistent/f.svg"),
                    HasSubstr("No such file")));
}

TEST_F(PlotTest, RunsOfAFileNeedNoCoordinator) {
  std::string text = "params,tokens,loss,budget\n";
  for (const double budget : {1e18, 1e19}) {
    for (const double factor : {0.3, 0.6, 1.0, 1.7, 3.0}) {
      const double size = std::sqrt(budget / 120) * factor;
      const double tokens = budget / 6 / size;
      text += std::to_string(size) + "," + std::to_string(tokens) + "," +
              std::to_string(1.7 + 400 * std::pow(size, -0.34) +
                             410 * std::pow(tokens, -0.28)) +
              "," + (budget == 1e18 ? "1e18" : "1e19") + "\n";
    }
  }
  const std::string path = Write("runs.csv", text);
  const ProgramResult result = RunIsoshape(
      {"plot", "--input", path, "--bootstrap", "20", "--format", "json"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const json figure = json::parse(result.out, nullptr, false);
  EXPECT_EQ(figure["title"], "isoFLOP curves of runs.csv");
  EXPECT_EQ(figure["color_values"], json({1e18, 1e19}));
  const ProgramResult one = RunIsoshape(
      {"plot", "--input", path, "--where", "budget=1e18", "--format", "json"});
  EXPECT_EQ(one.exit_code, 0) << one.err;
  EXPECT_EQ(json::parse(one.out, nullptr, false)["color_values"], json({1e18}));
  // A report has all figures of a file, its laws and its rows.
  const std::string html = folder() + "/r.html";
  const ProgramResult report = RunIsoshape(
      {"report", "--input", path, "--compute", "1e20", "--file", html});
  EXPECT_EQ(report.exit_code, 0) << report.err;
  const std::string page = ReadFile(html);
  for (const char* text :
       {"<h1>runs.csv</h1>", "Law: parametric", "best size at 1e20 FLOPs",
        "10 runs of", "isoshape fit --input runs.csv", "<svg"}) {
    EXPECT_THAT(page, HasSubstr(text));
  }
  EXPECT_THAT(page, Not(HasSubstr("campaigns/")));
  const ProgramResult redacted =
      RunIsoshape({"report", "--input", path, "--redact"});
  EXPECT_EQ(redacted.exit_code, 2);
  EXPECT_THAT(redacted.err, HasSubstr("--redact is of a campaign's report"));
  const ProgramResult both = RunIsoshape({"report", "c1", "--input", path});
  EXPECT_EQ(both.exit_code, 2);
  EXPECT_THAT(both.err, HasSubstr("one of them"));
  const ProgramResult wrong =
      RunIsoshape({"plot", "--input", path, "--where", "budget>1"});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("NAME=TEXT"));
}

}  // namespace
}  // namespace isoshape
