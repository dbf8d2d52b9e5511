#include "report/make_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/files/sha256.h"
#include "common/net/channel.h"
#include "figures/build_figure.h"
#include "tests/cli/fake_coordinator.h"
#include "tests/scaling/synthetic_runs.h"

namespace isoshape {
namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// What is between two texts, from the first place of `open`.
std::string Between(const std::string& text, const std::string& open,
                    const std::string& close) {
  const size_t at = text.find(open);
  if (at == text.npos) return "";
  const size_t begin = at + open.size();
  return text.substr(begin, text.find(close, begin) - begin);
}

int Count(const std::string& text, const std::string& part) {
  int count = 0;
  for (size_t at = text.find(part); at != text.npos;
       at = text.find(part, at + part.size())) {
    ++count;
  }
  return count;
}

// The table of trials as the page's script unpacks it.
json TableOf(const std::string& html) {
  const std::string packed =
      Between(html, "type=\"application/json\">{\"gzip\":\"", "\"");
  std::string bytes;
  if (!absl::Base64Unescape(packed, &bytes)) return nullptr;
  std::string text(64 << 20, '\0');
  z_stream stream = {};
  inflateInit2(&stream, 16 + MAX_WBITS);
  stream.next_in = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  inflate(&stream, Z_FINISH);
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return json::parse(text, nullptr, /*allow_exceptions=*/false);
}

class MakeReportTest : public ::testing::Test {
 protected:
  MakeReportTest() {
    v1::TrialColumn& number = *coordinator_.table.add_columns();
    number.set_name("number");
    v1::TrialColumn& loss = *coordinator_.table.add_columns();
    loss.set_name("validation_loss");
    v1::TrialColumn& state = *coordinator_.table.add_columns();
    state.set_name("state");
    state.add_texts("succeeded");
    state.add_texts("diverged");
    for (int i = 0; i < 3; ++i) {
      number.add_numbers(i + 1);
      loss.add_numbers(i == 2 ? kNaN : 1.9230771 + i);
      state.add_codes(i == 2);
    }
    coordinator_.table.set_total(3);
  }

  std::string Report(bool redact = false) {
    const auto html =
        MakeReport(MakeChannel(coordinator_.address()),
                   {.campaign = "campaigns/c1", .redact = redact});
    EXPECT_TRUE(html.ok()) << html.status();
    return html.value_or("");
  }

  FakeCoordinator coordinator_;
};

TEST_F(MakeReportTest, SaysWhichPartItWaitsFor) {
  std::vector<std::string> waited;
  int last = 0;
  int parts = 0;
  const auto html = MakeReport(
      MakeChannel(coordinator_.address()),
      {.campaign = "campaigns/c1",
       .progress = [&](int done, int total, const std::string& waits_for) {
         EXPECT_GE(done, last);
         EXPECT_LT(done, total);
         last = done;
         parts = total;
         waited.push_back(waits_for);
       }});
  ASSERT_TRUE(html.ok()) << html.status();
  EXPECT_EQ(waited.size(), static_cast<size_t>(parts));
  EXPECT_THAT(waited, Contains("the prediction"));
  EXPECT_THAT(waited, Contains("the law parametric"));
  EXPECT_THAT(waited, Contains("the figure isoflop"));
}

TEST_F(MakeReportTest, ReferstoNothingOutsideAndRunsItsOwnScriptAlone) {
  const std::string html = Report();
  EXPECT_EQ(Count(html, "<script"), 2);  // the data, and the page's own
  EXPECT_EQ(Count(html, " src="), 0);
  EXPECT_EQ(Count(html, "href="), Count(html, "href=\"#"));
  EXPECT_EQ(Count(html, "url("), 0);
  EXPECT_EQ(Count(html, "http://"),
            Count(html, "xmlns=\"http://www.w3.org/2000/svg\""));
  EXPECT_EQ(Count(html, "https://"), 0);
  EXPECT_EQ(Count(html, " style="), 0);
  EXPECT_EQ(Count(html, " onclick"), 0);
  for (const auto& [tag, directive] :
       {std::pair("style", "style-src"), std::pair("script", "script-src")}) {
    const std::string content = Between(html, absl::StrCat("<", tag, ">"),
                                        absl::StrCat("</", tag, ">"));
    EXPECT_GT(content.size(), 1000u);
    EXPECT_THAT(html, HasSubstr(absl::StrCat(
                          directive, " 'sha256-",
                          absl::Base64Escape(Sha256(content)), "'")));
  }
  EXPECT_THAT(html, HasSubstr("default-src 'none'"));
}

TEST_F(MakeReportTest, HoldsEveryTrialWithWhatIsNoNumber) {
  const json table = TableOf(Report());
  EXPECT_EQ(table["total"], 3);
  EXPECT_EQ(table["columns"][0]["numbers"], json({1, 2, 3}));
  EXPECT_EQ(table["columns"][1]["numbers"],
            json({1.923077, 2.923077, nullptr}));
  EXPECT_EQ(table["columns"][2]["texts"], json({"succeeded", "diverged"}));
  EXPECT_EQ(table["columns"][2]["codes"], json({0, 0, 1}));
  EXPECT_THAT(coordinator_.last_table().columns(), Contains("worker"));
}

TEST_F(MakeReportTest, WhatUsersWroteIsText) {
  const std::string evil = "</script><script>alert(1)</script>\"'&<b>";
  coordinator_.campaign.set_display_name(evil);
  coordinator_.campaign.set_dataset(evil);
  coordinator_.campaign.set_planner_note(evil);
  (*coordinator_.campaign.mutable_labels())[evil] = evil;
  coordinator_.figure.set_title(evil);
  coordinator_.figure.set_sentence(evil);
  coordinator_.figure.add_warnings(evil);
  v1::FigurePanel& panel = *coordinator_.figure.add_panels();
  panel.mutable_x()->set_label(evil);
  panel.add_series()->set_name(evil);
  coordinator_.figure.mutable_table()->add_columns(evil);
  coordinator_.figure.mutable_table()->add_rows()->add_cells(evil);
  coordinator_.law.add_warnings(evil);
  coordinator_.prediction.set_unidentified(evil);
  coordinator_.table.mutable_columns(2)->set_texts(0, evil);
  const std::string html = Report();
  EXPECT_EQ(Count(html, "<script"), 2);
  EXPECT_EQ(Count(html, "</script"), 2);
  EXPECT_EQ(Count(html, "<b>"), 0);
  EXPECT_THAT(html, HasSubstr("&lt;/script&gt;&lt;script&gt;alert(1)"));
  EXPECT_EQ(TableOf(html)["columns"][2]["texts"][0], evil);
}

TEST_F(MakeReportTest, RedactedItNamesNoMachineAndNoPerson) {
  (*coordinator_.campaign.mutable_labels())["owner"] = "somebody";
  EXPECT_THAT(Report(), HasSubstr("somebody"));
  const std::string html = Report(/*redact=*/true);
  EXPECT_THAT(html, Not(HasSubstr("somebody")));
  for (const char* column : {"worker", "device_name", "error"}) {
    EXPECT_THAT(coordinator_.last_table().columns(), Not(Contains(column)));
  }
}

TEST_F(MakeReportTest, SaysWhatIsFound) {
  v1::PredictShapeResponse& found = coordinator_.prediction;
  found.mutable_shape()->set_depth(4);
  found.mutable_shape()->set_width(48);
  found.set_target_flops(2.7e12);
  found.set_extrapolation(3);
  found.set_parameters(120000);
  found.mutable_loss()->set_value(1.096);
  found.mutable_loss()->set_lower(1.021);
  found.mutable_loss()->set_upper(1.177);
  found.mutable_loss()->set_level(0.95);
  found.add_warnings("three times beyond what was measured");
  coordinator_.law.set_law("isoflop");
  v1::BudgetOptimum& optimum = *coordinator_.law.add_optima();
  optimum.set_budget_flops(3e11);
  optimum.mutable_optimal_size()->set_value(53700);
  optimum.mutable_optimal_size()->set_method("bootstrap");
  const std::string html = Report();
  EXPECT_THAT(html, HasSubstr("At 2.7e12 FLOPs train 4x48: depth 4, width 48, "
                              "120k parameters"));
  EXPECT_THAT(html, HasSubstr("1.0960 (1.0210 to 1.1770) nats per token at a "
                              "level of 95 %"));
  EXPECT_THAT(html, HasSubstr("three times beyond what was measured"));
  EXPECT_THAT(html, HasSubstr("<td class=\"n\">53.7k</td>"));
  EXPECT_THAT(html, HasSubstr("not identified"));
  EXPECT_EQ(Count(html, "<figure>"), 12);  // the fake has every kind
  EXPECT_THAT(html, HasSubstr("isoshape fit c1 --law parametric"));
}

// A campaign of ten thousand trials: 625 shapes at each of eight budgets, two
// seeds of each.
struct LargeCampaign {
  Runs runs;
  std::vector<int64_t> numbers;
  std::vector<v1::RankedShape> shapes;
  std::vector<TrialSpan> spans;

  LargeCampaign() {
    std::mt19937 random(1);
    std::normal_distribution<double> normal;
    double budget = 1e11;
    for (int b = 0; b < 8; ++b, budget *= 2) {
      const double centre = std::sqrt(budget / 120);
      for (int i = 0; i < 625; ++i) {
        const double size = centre * std::pow(25, i / 624.0 - 0.5);
        const double depth = 1 + i % 25;
        const double width = std::round(std::sqrt(size / depth / 12));
        for (int seed = 0; seed < 2; ++seed) {
          const double loss =
              0.9 + 30 / std::pow(size, 0.34) +
              110 / std::pow(budget / 6 / size, 0.37) +
              0.004 * std::pow(std::log(width / depth / 18), 2) +
              0.006 * normal(random);
          AddRun(budget, size, loss, runs, depth, width);
          runs.loss_stderr.push_back(0.004);
          numbers.push_back(static_cast<int64_t>(numbers.size()) + 1);
          spans.push_back({.state = v1::Trial::SUCCEEDED,
                           .flops = budget,
                           .start = 1.0 * static_cast<double>(spans.size()),
                           .end = 1.0 * static_cast<double>(spans.size()) + 5});
        }
        v1::RankedShape& shape = shapes.emplace_back();
        shape.set_budget_flops(budget);
        shape.set_validation_loss(runs.loss.back());
        shape.set_parameters(static_cast<int64_t>(size));
        shape.mutable_shape()->set_depth(static_cast<int64_t>(depth));
        shape.mutable_shape()->set_width(static_cast<int64_t>(width));
        shape.set_decode_seconds(1e-8 * size + 2e-5 * depth);
      }
    }
  }

  v1::Figure Draw(v1::GetFigureRequest request) const {
    // A comparison of methods is a few marks, and takes long to fit; curves are
    // thinned whatever there is.
    if (request.kind() == v1::Figure::METHODS ||
        request.kind() == v1::Figure::CURVES) {
      return {};
    }
    if (request.kind() != v1::Figure::PARETO &&
        request.kind() != v1::Figure::PROGRESS) {
      request.set_resamples(20);
    }
    const auto figure = BuildFigure({.name = "campaigns/c1",
                                     .runs = &runs,
                                     .memo = memo,
                                     .numbers = numbers,
                                     .shapes = shapes,
                                     .spans = spans,
                                     .now = 20000},
                                    request);
    EXPECT_TRUE(figure.ok()) << figure.status();
    return figure.value_or(v1::Figure());
  }

  const std::shared_ptr<FitMemo> memo = std::make_shared<FitMemo>();
};

TEST_F(MakeReportTest, TenThousandTrialsTakeAMegabyteAndAHalfAtMost) {
  const LargeCampaign campaign;
  coordinator_.draw = [&](const v1::GetFigureRequest& request) {
    return campaign.Draw(request);
  };
  coordinator_.table.Clear();
  std::mt19937 random(1);
  std::normal_distribution<double> normal;
  for (int c = 0; c < 26; ++c) {
    v1::TrialColumn& column = *coordinator_.table.add_columns();
    column.set_name(absl::StrCat("column", c));
    for (int i = 0; i < 10000; ++i) {
      // Half of them measured, half one of a few values, as in a campaign.
      column.add_numbers(c % 2 == 0 ? std::stod(absl::StrFormat(
                                          "%.6g", 2 + 0.1 * normal(random)))
                                    : i % 7);
    }
  }
  const std::string html = Report();
  EXPECT_EQ(TableOf(html)["columns"][0]["numbers"].size(), 10000u);
  EXPECT_LE(html.size(), 1500000u);
  // Of the report of a real campaign the figures are two thirds of the bytes.
  EXPECT_GT(html.size(), 1000000u) << "what is drawn here tells nothing";
}

TEST_F(MakeReportTest, ThereMustBeSuchACampaign) {
  EXPECT_TRUE(absl::IsNotFound(MakeReport(MakeChannel(coordinator_.address()),
                                          {.campaign = "campaigns/c9"})
                                   .status()));
}

// Nothing is said of a recipe that the runs never had.
TEST_F(MakeReportTest, ImportedRunsAloneAreFromElsewhereAndImportedAgain) {
  v1::TrialColumn& purpose = *coordinator_.table.add_columns();
  purpose.set_name("purpose");
  purpose.add_texts("imported");
  v1::TrialColumn& source = *coordinator_.table.add_columns();
  source.set_name("source");
  for (int i = 0; i < 3; ++i) {
    purpose.add_codes(0);
    source.add_texts(absl::StrCat(i < 2 ? "runs.csv:" : "it's<b>:", i + 2));
    source.add_codes(i);
  }
  const std::string html = Report();
  EXPECT_THAT(html, HasSubstr("recipe, data and tokenizer are not known"));
  EXPECT_THAT(html, HasSubstr("isoshape import runs.csv --campaign c1-again"));
  EXPECT_EQ(Count(html, "isoshape import"), 2);
  EXPECT_THAT(html, HasSubstr("Imported: 3 runs, trained elsewhere."));
  EXPECT_EQ(Count(html, "learning_rate"), 0);
  EXPECT_EQ(Count(html, "campaign create"), 0);
  EXPECT_EQ(Count(html, "it's<b>"), 0);
  const std::string redacted = Report(/*redact=*/true);
  EXPECT_THAT(redacted, HasSubstr("recipe, data and tokenizer"));
}

}  // namespace
}  // namespace isoshape
