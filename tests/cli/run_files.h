#ifndef ISOSHAPE_TESTS_CLI_RUN_FILES_H_
#define ISOSHAPE_TESTS_CLI_RUN_FILES_H_

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/temp_folder.h"

namespace isoshape {

// A folder for files of runs, removed at the end.
class RunFilesTest : public testing::Test {
 protected:
  const std::string& folder() const { return folder_.path(); }
  // Writes a file and returns its path.
  std::string Write(const std::string& name, const std::string& text) const {
    return folder_.Write(name, text);
  }

 private:
  const TempFolder folder_;
};

// The figure of a name in a list of figures, as laws and predictions have them
// in JSON; null if there is none.
nlohmann::json FigureOf(const nlohmann::json& figures, const std::string& name);
// Its value.
double ValueOf(const nlohmann::json& figures, const std::string& name);

// A row of params, tokens and loss by 1.7 + 400 N^-0.34 + 410 D^-0.28.
std::string RunLine(double size, double tokens);
// A table of 30 such rows with flops = 6 N D.
std::string ParametricRuns();

// The path of a file of published data, or empty if it is absent: in
// $ISOSHAPE_PUBLISHED_DATA, or shared/data beside the checkout.
std::string PublishedFile(const std::string& name);

#define PUBLISHED_FILE_OR_SKIP(path, name)                           \
  const std::string path = PublishedFile(name);                      \
  if ((path).empty()) {                                              \
    GTEST_SKIP() << (name) << " is absent; ISOSHAPE_PUBLISHED_DATA " \
                 << "names the folder that holds it";                \
  }

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_CLI_RUN_FILES_H_
