#ifndef ISOSHAPE_TESTS_SCALING_PUBLISHED_DATA_H_
#define ISOSHAPE_TESTS_SCALING_PUBLISHED_DATA_H_

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "scaling/laws/power_sum.h"
#include "scaling/runs/run_file.h"
#include "tests/read_file.h"

namespace isoshape {

// The content of a file of published data: in $ISOSHAPE_PUBLISHED_DATA, or
// shared/data beside the checkout. Empty if it is absent.
inline std::string ReadPublished(const std::string& name) {
  const char* set = std::getenv("ISOSHAPE_PUBLISHED_DATA");
  const std::string folder = set != nullptr ? set : ISOSHAPE_PUBLISHED_DATA;
  return ReadFile(folder + "/" + name);
}

// Skips the calling test if the file is absent.
#define READ_PUBLISHED_OR_SKIP(text, name)                           \
  const std::string text = ReadPublished(name);                      \
  if ((text).empty()) {                                              \
    GTEST_SKIP() << (name) << " is absent; ISOSHAPE_PUBLISHED_DATA " \
                 << "names the folder that holds it";                \
  }

// The runs of a file without what is said of them.
inline absl::StatusOr<Runs> ParseRuns(const std::string& text,
                                      absl::string_view file,
                                      const RunFormat& format) {
  absl::StatusOr<RunFile> read = ReadRuns(text, file, format);
  if (!read.ok()) return read.status();
  return std::move(read->runs);
}

// Published answers, which are no runs: a cell by the name of its column, for
// each row. No cell of them is in quotes.
inline std::vector<std::map<std::string, std::string>> PublishedRows(
    const std::string& text) {
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);
  const std::vector<std::string> names = absl::StrSplit(line, ',');
  std::vector<std::map<std::string, std::string>> rows;
  while (std::getline(lines, line)) {
    const std::vector<std::string> cells = absl::StrSplit(line, ',');
    auto& row = rows.emplace_back();
    for (size_t i = 0; i < names.size() && i < cells.size(); ++i) {
      row[names[i]] = cells[i];
    }
  }
  return rows;
}

inline RunFormat ChinchillaFormat(bool used_in_fit) {
  RunFormat format;
  format.tokens = "training_tokens";
  format.flops = "training_flop";
  if (used_in_fit) format.where = {{"used_in_fit", "1"}};
  return format;
}

// ln of the given columns and of the loss.
inline PowerSumData LogColumns(
    const Runs& runs, const std::vector<const std::vector<double>*>& columns) {
  PowerSumData data;
  for (const std::vector<double>* column : columns) {
    data.ln_x.emplace_back();
    for (const double x : *column) data.ln_x.back().push_back(std::log(x));
  }
  for (const double loss : runs.loss) data.ln_loss.push_back(std::log(loss));
  return data;
}

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_SCALING_PUBLISHED_DATA_H_
