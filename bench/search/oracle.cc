#include "bench/search/oracle.h"

#include <cmath>
#include <cstdint>
#include <istream>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <sstream>
#include <string>
#include <utility>

#include "bench/search/problems.h"
#include "shape/accounting.h"
#include "shape/feasible.h"
#include "simulate/landscape.h"

namespace isoshape {
namespace {

struct Truth {
  Truth(const std::string& name, uint64_t seed)
      : landscape(*Landscape::Make(name, seed, BenchCase().noise)),
        sheet(landscape, BenchCase().reach * landscape.max_flops()) {}

  Landscape landscape;
  AnswerSheet sheet;
};

}  // namespace

bool AnswerQuestions(std::istream& in, std::ostream& out) {
  std::map<std::pair<std::string, uint64_t>, std::unique_ptr<Truth>> truths;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string name;
    uint64_t seed = 0;
    ShapeTarget wanted;
    int64_t number = 0;
    words >> name >> seed >> wanted.size >> wanted.aspect_ratio >> number;
    if (!words || !Landscape::Make(name, seed, 0).ok()) return false;
    std::unique_ptr<Truth>& truth = truths[{name, seed}];
    if (truth == nullptr) truth = std::make_unique<Truth>(name, seed);
    const Landscape& landscape = truth->landscape;
    const std::optional<Shape> shape =
        NearestFeasibleShape(landscape.space(), landscape.tokens_per_step(),
                             landscape.max_flops(), wanted);
    if (!shape) return false;
    const double ln_answer =
        std::log(EffectiveSize(*shape)) + std::log(BenchCase().reach) / 2;
    out << landscape.MeasuredLoss(*shape, landscape.max_flops(), number) << ' '
        << truth->sheet.RegretNear(ln_answer, std::log(AspectRatio(*shape)))
        << "\n"
        << std::flush;
  }
  return true;
}

}  // namespace isoshape
