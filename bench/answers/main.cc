// Predictions held against the truth; bench/answers.sh says more.
#include <algorithm>
#include <cstdio>
#include <limits>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "bench/answers/gamma.h"
#include "bench/answers/learning.h"
#include "bench/answers/published.h"
#include "bench/answers/score.h"

namespace {

// `200`: tables 0 to 199; `1000..1599`: those, on which nothing was tuned.
bool ReadTables(const std::string& text, int& first, int& tables) {
  const std::pair<std::string, std::string> ends =
      absl::StrSplit(text, absl::MaxSplits("..", 1));
  if (ends.second.empty()) return absl::SimpleAtoi(text, &tables);
  int last = 0;
  if (!absl::SimpleAtoi(ends.first, &first) ||
      !absl::SimpleAtoi(ends.second, &last) || first < 0 ||
      last - first == std::numeric_limits<int>::max()) {
    return false;
  }
  tables = last - first + 1;
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  int first = 0;
  int tables = 200;
  if ((argc > 1 && !ReadTables(argv[1], first, tables)) || tables < 1) {
    std::fprintf(stderr,
                 "usage: answers [TABLES|FIRST..LAST [FAMILY "
                 "...|learning|published|gamma]]\n");
    return 2;
  }
  const std::string kind = argc > 2 ? argv[2] : "";
  if (first > 0 && (kind == "learning" || kind == "published")) {
    std::fprintf(
        stderr, "answers: %s takes no FIRST..LAST; give the number of tables\n",
        kind.c_str());
    return 2;
  }
  if (kind == "learning") {
    isoshape::CompareLearning(tables);
    return 0;
  }
  if (kind == "gamma") {
    isoshape::TestTrueGamma(first, tables);
    return 0;
  }
  if (kind == "published") {
    return isoshape::ScorePublished() ? 0 : 2;
  }
  return isoshape::ScoreFamilies(first, tables,
                                 {argv + std::min(argc, 2), argv + argc})
             ? 0
             : 2;
}
