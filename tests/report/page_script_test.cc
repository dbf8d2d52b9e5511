// The script of a report's page, run by node where there is one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/process/child_process.h"
#include "common/status/status_macros.h"
#include "coordinator/table/trial_columns.h"
#include "coordinator/table/trial_table.h"
#include "report/page_assets.h"
#include "tests/coordinator/table/filter_cases.h"
#include "tests/temp_folder.h"

namespace isoshape {
namespace {

using nlohmann::json;

// The trial's columns as a page has them (report/packed_table.h).
json ColumnsOf(const FilterCases& cases) {
  TrialTable table;
  table.Put(cases.trial);
  table.CompareLosses();
  json columns = json::array();
  for (const std::string& name : cases.columns) {
    const int column = TrialColumnIndex(name);
    if (TrialColumns()[column].text != nullptr) {
      const std::string text(table.Text(0, column));
      columns.push_back({{"name", name},
                         {"texts", json::array({text})},
                         {"codes", json::array({0})}});
      continue;
    }
    const double number = table.Number(0, column);
    const json value = std::isnan(number) ? json() : json(number);
    columns.push_back({{"name", name}, {"numbers", json::array({value})}});
  }
  return columns;
}

// What node prints, given arguments and an input.
absl::StatusOr<std::string> Node(const std::vector<std::string>& arguments,
                                 const std::string& input) {
  ChildCommand command;
  command.arguments = {"/usr/bin/env", "node"};
  command.arguments.insert(command.arguments.end(), arguments.begin(),
                           arguments.end());
  command.relay_error = command.quiet_error = true;
  ISOSHAPE_ASSIGN_OR_RETURN(const auto node, ChildProcess::Start(command));
  return node->Exchange(input, 16 << 20, absl::Minutes(1));
}

// What the page says to each filter.
std::vector<json> Typed(const FilterCases& cases,
                        const std::vector<std::string>& filters) {
  const json input = {
      {"columns", ColumnsOf(cases)}, {"total", 1}, {"filters", filters}};
  const TempFolder folder;
  const auto printed = Node(
      {ISOSHAPE_FILTER_IN_PAGE, folder.Write("page_script.js", PageScript())},
      input.dump());
  EXPECT_TRUE(printed.ok()) << printed.status();
  std::vector<json> answers;
  std::istringstream lines(printed.value_or(""));
  for (std::string line; std::getline(lines, line);) {
    answers.push_back(json::parse(line, nullptr, false));
  }
  return answers;
}

class PageScriptTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!Node({"--version"}, "").ok()) {
      GTEST_SKIP() << "the page's script is not run: there is no node here";
    }
  }
  // `right` says whether an answer to a filter is.
  template <typename Right>
  void AnswersAre(const std::vector<std::string>& filters, Right right) {
    const std::vector<json> answers = Typed(cases_, filters);
    ASSERT_EQ(answers.size(), filters.size());
    for (size_t i = 0; i < filters.size(); ++i) {
      EXPECT_TRUE(right(answers[i])) << filters[i] << ": " << answers[i];
    }
  }

  const FilterCases cases_ = ReadFilterCases();
};

TEST_F(PageScriptTest, FiltersAsTheCoordinatorDoes) {
  AnswersAre(cases_.keeps, [](const json& answer) { return answer == true; });
  AnswersAre(cases_.drops, [](const json& answer) { return answer == false; });
  AnswersAre(cases_.refused,
             [](const json& answer) { return answer.contains("error"); });
}

}  // namespace
}  // namespace isoshape
