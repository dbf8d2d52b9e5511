#include "tests/cli/run_files.h"

#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "absl/strings/str_format.h"

namespace isoshape {

nlohmann::json FigureOf(const nlohmann::json& figures,
                        const std::string& name) {
  for (const nlohmann::json& figure : figures) {
    if (figure["name"] == name) return figure;
  }
  return nullptr;
}

double ValueOf(const nlohmann::json& figures, const std::string& name) {
  const nlohmann::json figure = FigureOf(figures, name);
  if (figure.is_null()) {
    ADD_FAILURE() << "no figure " << name;
    return NAN;
  }
  return figure["estimate"]["value"].get<double>();
}

std::string RunLine(double size, double tokens) {
  const double loss =
      1.7 + 400 * std::pow(size, -0.34) + 410 * std::pow(tokens, -0.28);
  return absl::StrFormat("%.17g,%.17g,%.17g\n", size, tokens, loss);
}

std::string ParametricRuns() {
  std::string text = "params,tokens,loss,flops\n";
  for (const double size : {1e6, 3e6, 1e7, 3e7, 1e8}) {
    for (const double ratio : {2.0, 5.0, 10.0, 20.0, 50.0, 100.0}) {
      std::string line = RunLine(size, ratio * size);
      line.pop_back();
      text += absl::StrFormat("%s,%.17g\n", line, 6 * size * ratio * size);
    }
  }
  return text;
}

std::string PublishedFile(const std::string& name) {
  const char* set = std::getenv("ISOSHAPE_PUBLISHED_DATA");
  const std::string folder = set != nullptr ? set : ISOSHAPE_PUBLISHED_DATA;
  std::string path = folder + "/" + name;
  return std::filesystem::exists(path) ? path : "";
}

}  // namespace isoshape
