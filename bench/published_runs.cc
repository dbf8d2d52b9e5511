#include "bench/published_runs.h"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <utility>

namespace isoshape {

std::optional<Runs> PublishedRuns(const std::string& name,
                                  const RunFormat& format) {
  const char* folder = std::getenv("ISOSHAPE_PUBLISHED_DATA");
  if (folder == nullptr) return std::nullopt;
  std::ifstream file(std::string(folder) + "/" + name);
  std::stringstream text;
  text << file.rdbuf();
  auto read = ReadRuns(text.str(), name, format);
  if (!read.ok()) return std::nullopt;
  return std::move(read->runs);
}

}  // namespace isoshape
