// Predictions held against the truth; bench/answers.sh says more.
#include <algorithm>
#include <cstdio>
#include <string>

#include "absl/strings/numbers.h"
#include "bench/answers/learning.h"
#include "bench/answers/published.h"
#include "bench/answers/score.h"

int main(int argc, char** argv) {
  int tables = 200;
  if (argc > 1 && !absl::SimpleAtoi(argv[1], &tables)) tables = 0;
  if (tables < 1) {
    std::fprintf(stderr,
                 "usage: answers [TABLES [FAMILY ...|learning|published]]\n");
    return 2;
  }
  if (argc > 2 && std::string(argv[2]) == "learning") {
    isoshape::CompareLearning(tables);
    return 0;
  }
  if (argc > 2 && std::string(argv[2]) == "published") {
    return isoshape::ScorePublished() ? 0 : 2;
  }
  return isoshape::ScoreFamilies(tables,
                                 {argv + std::min(argc, 2), argv + argc})
             ? 0
             : 2;
}
