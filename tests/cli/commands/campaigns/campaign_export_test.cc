// What `export` of a campaign writes is read by others, and by us.
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/cli/commands/verbs_fixture.h"

namespace isoshape {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

TEST_F(VerbsTest, EveryExportIsACsvThatPythonReads) {
  RegisterWorker();
  for (const v1::Lease& lease : Lease(3)) Complete(lease, v1::Trial::SUCCEEDED);
  const std::string path = folder_.File("trials.csv");
  const auto read = [&] {
    const ProgramResult python = RunProgram(
        {"python3", "-c",
         "import csv, json, sys\n"
         "rows = list(csv.reader(open(sys.argv[1], newline='')))\n"
         "assert {len(row) for row in rows} == {len(rows[0])}, 'ragged'\n"
         "print(json.dumps([dict(zip(rows[0], row)) for row in rows[1:]]))",
         path});
    EXPECT_EQ(python.exit_code, 0) << python.err;
    return json::parse(python.out);
  };
  Ok({"export", "c1", "--file", path});
  const json rows = read();
  ASSERT_EQ(rows.size(), 3);
  EXPECT_EQ(rows[0]["shape_card.layer_gradient_norms"], "[0.5,0.25]");
  EXPECT_EQ(json::parse(rows[0]["shape_card.warnings"].get<std::string>())[0],
            "a \"quoted\", with a comma\nand a break");
  Ok({"export", "c1", "--explode", "--file", path});
  EXPECT_EQ(read()[0]["shape_card.layer_gradient_norms.1"], "0.25");
  Ok({"export", "c1", "--measurements", "--file", path});
  read();
  Ok({"export", "c1", "--points", "--file", path});
  read();
}

// As the library reads them that people use: losses are numbers, and a text
// with a line end is one cell.
TEST_F(VerbsTest, EveryExportIsACsvThatPandasReads) {
  const char* const venv = std::getenv("ISOSHAPE_TEST_VENV");
  if (venv == nullptr) {
    GTEST_SKIP() << "pandas is in the venv that ISOSHAPE_TEST_VENV names";
  }
  const std::string pandas = absl::StrCat(venv, "/bin/python");
  const std::string path = folder_.File("trials.csv");
  RegisterWorker();
  for (const v1::Lease& lease : Lease(3)) Complete(lease, v1::Trial::SUCCEEDED);
  for (const auto& [form, check] : std::map<std::string, std::string>{
           {"--file", "frame['shape_card.warnings'].str.contains('a break')"},
           {"--explode", "frame['shape_card.layer_gradient_norms.1'] == 0.25"},
           {"--points", "frame['loss'] > 0"}}) {
    std::vector<std::string> arguments = {"export", "c1", "--file", path};
    if (form != "--file") arguments.push_back(form);
    Ok(arguments);
    const ProgramResult read_by_pandas =
        RunProgram({pandas, "-c",
                    absl::StrCat("import pandas, sys\n"
                                 "frame = pandas.read_csv(sys.argv[1])\n"
                                 "assert len(frame) == 3, frame\n"
                                 "assert (",
                                 check, ").all(), frame\n"),
                    path});
    EXPECT_EQ(read_by_pandas.exit_code, 0) << form << read_by_pandas.err;
  }
}

// The whole export, as it is: warnings and lists stand in it.
TEST_F(VerbsTest, AFitTakesAnExport) {
  Ok({"campaign", "create", "--id", "fits", "--shapes", "1x16,1x32,2x32,3x32",
      "--budgets", "10G,30G,90G", "--context", "64", "--tokens-per-step",
      "512"});
  RegisterWorker();
  for (const v1::Lease& lease : Lease(64)) {
    Complete(lease, v1::Trial::SUCCEEDED);
  }
  const std::string path = folder_.File("fits.csv");
  Ok({"export", "fits", "--file", path});
  const ProgramResult fit = RunIsoshape(
      {"fit", "--input", path, "--law", "parametric", "--bootstrap", "0",
       "--column", "params=parameters", "--column",
       "loss=shape_card.validation_loss", "--where", "state=succeeded"});
  EXPECT_EQ(fit.exit_code, 0) << fit.err;
  EXPECT_THAT(fit.out, HasSubstr("runs  12\n"));
}

}  // namespace
}  // namespace isoshape
