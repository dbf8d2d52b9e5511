// Predictions held against the truth; bench/answers.sh says more.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "bench/answers/learning.h"
#include "bench/answers/score.h"

int main(int argc, char** argv) {
  const int tables = argc > 1 ? std::atoi(argv[1]) : 200;
  if (tables < 1) {
    std::fprintf(stderr, "usage: answers [TABLES [FAMILY ...|learning]]\n");
    return 2;
  }
  if (argc > 2 && std::string(argv[2]) == "learning") {
    isoshape::CompareLearning(tables);
  } else {
    isoshape::ScoreFamilies(tables, {argv + std::min(argc, 2), argv + argc});
  }
  return 0;
}
