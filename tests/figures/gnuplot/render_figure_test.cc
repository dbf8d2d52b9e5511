#include "figures/gnuplot/render_figure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "figures/gnuplot/gnuplot_process.h"
#include "messages/json/proto_json.h"
#include "tests/figures/gnuplot/sample_figures.h"
#include "tests/figures/gnuplot/xml_check.h"
#include "tests/read_file.h"
#include "tests/scoped_variable.h"
#include "tests/temp_folder.h"

namespace isoshape {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string Render(const v1::Figure& figure, const RenderOptions& options) {
  const absl::StatusOr<std::string> drawn = RenderFigure(figure, options);
  EXPECT_TRUE(drawn.ok()) << drawn.status();
  return drawn.value_or("");
}

// Whoever changes the drawing looks at the picture again and writes the file
// anew: ISOSHAPE_WRITE_GOLDEN=1.
TEST(RenderFigureTest, TheScriptOfEveryMarkIsAsItWas) {
  const std::string path = ISOSHAPE_FIGURE_FILES "/every_mark.gp";
  const std::string script =
      Render(EveryMark(), {.format = FigureFormat::kGp, .width_mm = 180});
  if (std::getenv("ISOSHAPE_WRITE_GOLDEN") != nullptr) {
    std::ofstream(path) << script;
  }
  EXPECT_EQ(script, ReadFile(path));
}

TEST(RenderFigureTest, ScriptsWithoutWarningOfGnuplot) {
  // The first line that gnuplot warns of is an error here.
  const std::string script = Render(EveryMark(), {.format = FigureFormat::kGp});
  EXPECT_TRUE(RunGnuplot(script).ok());
}

TEST(RenderFigureTest, EveryFormatIsAFileOfItsKind) {
  const v1::Figure figure = EveryMark();
  for (const FigureTheme theme : {FigureTheme::kLight, FigureTheme::kDark}) {
    const auto render = [&](FigureFormat format) {
      return Render(figure, {.format = format, .theme = theme});
    };
    EXPECT_EQ(XmlProblem(render(FigureFormat::kSvg)), "");
    EXPECT_THAT(render(FigureFormat::kPdf), StartsWith("%PDF-"));
    EXPECT_THAT(render(FigureFormat::kPng), StartsWith("\x89PNG\r\n\x1a\n"));
    EXPECT_THAT(render(FigureFormat::kTex), HasSubstr("\\end{axis}\n\\node"));
    EXPECT_THAT(render(FigureFormat::kText), HasSubstr("◆"));
  }
  const auto json =
      nlohmann::json::parse(Render(figure, {.format = FigureFormat::kJson}));
  EXPECT_EQ(json["kind"], "isoflop");
  EXPECT_EQ(json["panels"].size(), 5u);
  EXPECT_EQ(json["panels"][0]["series"][1]["mark"], "band");
}

TEST(RenderFigureTest, ColoursFollowTheGroundAndKeepTheirOrder) {
  const std::string light = Render(IsoflopSample(), {});
  const std::string dark =
      Render(IsoflopSample(), {.theme = FigureTheme::kDark});
  EXPECT_THAT(light, HasSubstr("fill=\"#ffffff\""));
  EXPECT_THAT(dark, HasSubstr("fill=\"#0f1318\""));
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(light,
                HasSubstr(ColorHex(ScaleColor(i, 3), FigureTheme::kLight)));
    EXPECT_THAT(dark,
                HasSubstr(ColorHex(ScaleColor(i, 3), FigureTheme::kDark)));
  }
}

// Relative luminance as WCAG 2 defines contrast by.
double Luminance(const std::string& hex) {
  const auto channel = [&](int at) {
    const double value = std::stoi(hex.substr(at, 2), nullptr, 16) / 255.0;
    return value <= 0.03928 ? value / 12.92
                            : std::pow((value + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

double Contrast(int color, FigureTheme theme) {
  const double a = Luminance(ColorHex(color, theme)) + 0.05;
  const double b = Luminance(ColorHex(kBackground, theme)) + 0.05;
  return std::max(a, b) / std::min(a, b);
}

TEST(RenderFigureTest, TheScaleCanBeReadOnBothGrounds) {
  for (const FigureTheme theme : {FigureTheme::kLight, FigureTheme::kDark}) {
    double last = 0;
    for (int i = 0; i < 6; ++i) {
      const double contrast = Contrast(ScaleColor(i, 6), theme);
      EXPECT_GT(contrast, 2.3) << i;
      EXPECT_GT(contrast, last) << i;
      last = contrast;
    }
    EXPECT_GT(Contrast(kText, theme), 7);
    EXPECT_GT(Contrast(kMuted, theme), 4.5);
  }
}

TEST(RenderFigureTest, AnSvgIsOfThePageIfAsked) {
  const std::string svg = Render(EveryMark(), {.theme = FigureTheme::kAuto});
  EXPECT_EQ(XmlProblem(svg), "");
  EXPECT_THAT(svg, HasSubstr("var(--fig-text,#1b1f24)"));
  EXPECT_THAT(svg, Not(HasSubstr("7f01")));
  // What a content security policy forbids, and what collides in a page.
  EXPECT_THAT(svg, Not(HasSubstr("style=")));
  EXPECT_THAT(svg, Not(HasSubstr(" id=")));
  EXPECT_THAT(svg, Not(HasSubstr("href")));
  const std::string sheet = FigureStyleSheet();
  for (absl::string_view rest = svg; rest.find("var(") != rest.npos;) {
    rest.remove_prefix(rest.find("var(") + 4);
    EXPECT_THAT(sheet,
                HasSubstr(absl::StrCat(rest.substr(0, rest.find(',')), ":")));
  }
}

TEST(RenderFigureTest, TenThousandPointsAreOnePathForAColour) {
  const std::string svg = Render(ManyPoints(10000), {});
  EXPECT_LE(svg.size(), 200000u);
  EXPECT_GT(svg.size(), 100000u);  // and all of them are there
  EXPECT_NE(svg.find(">10k</text>"), svg.npos);
}

TEST(RenderFigureTest, TextIsNeverRun) {
  const TempFolder temp;
  const std::string& folder = temp.path();
  const std::string text =
      absl::StrCat("it's \"x\" `touch ", folder, "/a` $(touch ", folder,
                   "/b) '.system('touch ", folder, "/c').' \n!touch ", folder,
                   "/d\nEOD\nset output '", folder,
                   "/e' %s @m <script>&amp;</title>{_^}\\ € \x1b[2J");
  const v1::Figure figure = WithText(text);
  for (const std::string& name : FigureFormatNames()) {
    const std::string drawn =
        Render(figure, {.format = *FindFigureFormat(name), .width_mm = 300});
    if (name == "gp") {
      EXPECT_TRUE(RunGnuplot(drawn).ok());
    }
    if (name == "svg") {
      EXPECT_EQ(XmlProblem(drawn), "");
      EXPECT_THAT(drawn, HasSubstr("it's"));
      EXPECT_THAT(drawn, HasSubstr("€"));
      EXPECT_THAT(drawn, Not(HasSubstr("<script")));
    }
    if (name != "pdf" && name != "png" && name != "json") {
      EXPECT_THAT(drawn, Not(HasSubstr("\x1b[2J"))) << name;
    }
    if (name == "tex") {
      EXPECT_THAT(drawn, HasSubstr("\\{\\_\\textasciicircum{}\\}"));
    }
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder));
}

TEST(RenderFigureTest, WithoutGnuplotOneSentenceSaysHowToGetIt) {
  const ScopedVariable path("PATH", "/nonexistent");
  const absl::Status status = RenderFigure(IsoflopSample(), {}).status();
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("apt install gnuplot-nox"));
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("\n")));
  for (const FigureFormat format :
       {FigureFormat::kText, FigureFormat::kTex, FigureFormat::kGp,
        FigureFormat::kCsv, FigureFormat::kJson}) {
    EXPECT_TRUE(RenderFigure(IsoflopSample(), {.format = format}).ok());
  }
}

TEST(RenderFigureTest, AScriptThatFailsSaysWhy) {
  const absl::Status status = RunGnuplot("plot nothing\n").status();
  EXPECT_TRUE(absl::IsInternal(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("undefined variable"));
}

TEST(RenderFigureTest, RefusesWidthsAndThemesThatItCannotDraw) {
  for (const double width :
       {39.0, 1001.0, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_TRUE(absl::IsInvalidArgument(
        RenderFigure(IsoflopSample(), {.width_mm = width}).status()));
  }
  EXPECT_TRUE(absl::IsInvalidArgument(
      RenderFigure(IsoflopSample(),
                   {.format = FigureFormat::kPng, .theme = FigureTheme::kAuto})
          .status()));
}

TEST(RenderFigureTest, DrawsWhatHasNoNumbers) {
  v1::Figure figure;
  EXPECT_EQ(XmlProblem(Render(figure, {})), "");
  v1::FigurePanel& panel = *figure.add_panels();
  EXPECT_EQ(XmlProblem(Render(figure, {})), "");
  panel.mutable_x()->set_log(true);
  panel.mutable_y()->set_min(std::numeric_limits<double>::quiet_NaN());
  v1::FigureSeries& series = *panel.add_series();
  series.set_mark(v1::FigureSeries::POINTS);
  for (const double value : {-1.0, 0.0, std::numeric_limits<double>::infinity(),
                             std::numeric_limits<double>::quiet_NaN()}) {
    series.add_x(value);
    series.add_y(value);
  }
  for (const std::string& name : FigureFormatNames()) {
    EXPECT_NE(Render(figure, {.format = *FindFigureFormat(name)}), "") << name;
  }
}

TEST(RenderFigureTest, DrawsTimesThatAreASecondApart) {
  v1::Figure figure;
  figure.set_kind(v1::Figure::PROGRESS);
  figure.set_title("progress");
  v1::FigurePanel& panel = *figure.add_panels();
  panel.mutable_x()->set_time(true);
  panel.mutable_x()->set_min(1795864041.25);
  panel.mutable_x()->set_max(1795864042.25);
  panel.mutable_y()->set_min(0);
  panel.mutable_y()->set_max(2);
  v1::FigureSeries& line = *panel.add_series();
  line.set_mark(v1::FigureSeries::LINE);
  line.set_role(v1::FigureSeries::MEASURED);
  for (const double x : {1795864041.25, 1795864042.0}) {
    line.add_x(x);
    line.add_y(1);
  }
  const std::string script = Render(figure, {.format = FigureFormat::kGp});
  EXPECT_THAT(script, HasSubstr("set xrange [1795864041.25:1795864042.25]"));
  EXPECT_THAT(script, HasSubstr("1795864041.25 1\n1795864042 1\n"));
  EXPECT_TRUE(RunGnuplot(script).ok());
}

TEST(RenderFigureTest, TheCsvHasEveryMark) {
  v1::Figure figure = IsoflopSample();
  v1::FigureSeries& series = *figure.mutable_panels(0)->mutable_series(13);
  ASSERT_EQ(series.name(), "no optimum seen");
  series.add_labels("=1+1, \"x\"");
  const std::string csv = Render(figure, {.format = FigureFormat::kCsv});
  const std::vector<std::string> lines = absl::StrSplit(csv, '\n');
  EXPECT_EQ(lines[0],
            "panel,series,mark,role,color,x,y,x_lower,x_upper,y_lower,y_upper,"
            "z,trial,label");
  EXPECT_THAT(csv, HasSubstr(",no optimum seen,points,edge,9e+11,250000,2.45,,"
                             ",,,,,\"'=1+1, \"\"x\"\"\"\n"));
  // A value that is not finite is an empty cell.
  EXPECT_THAT(csv, HasSubstr(",diverged,points,failed,,50000,,,,,,,,\n"));
}

TEST(RenderFigureTest, TextIsAsWideAsAskedAndPlainWithoutColours) {
  const std::string plain =
      Render(IsoflopSample(), {.format = FigureFormat::kText, .columns = 72});
  EXPECT_THAT(plain, Not(HasSubstr("\x1b")));
  EXPECT_THAT(plain, HasSubstr("a 1e11"));
  for (const absl::string_view line : absl::StrSplit(plain, '\n')) {
    const auto length = std::count_if(
        line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; });
    EXPECT_LE(length, 72) << line;
  }
  const std::string colored =
      Render(IsoflopSample(), {.format = FigureFormat::kText, .colors = true});
  EXPECT_THAT(colored, ContainsRegex("\x1b\\[38;5;[0-9]+m"));
}

}  // namespace
}  // namespace isoshape
