// Runs of a file, brought into a campaign of a real coordinator.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "shape/accounting.h"
#include "shape/search_space.h"
#include "tests/cli/commands/verbs_fixture.h"
#include "tests/cli/run_files.h"

namespace isoshape {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class ImportTest : public VerbsTest {
 protected:
  std::string Write(const std::string& name, const std::string& text) const {
    return folder_.Write(name, text);
  }
  json Json(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--output", "json"});
    const ProgramResult result = Run(arguments);
    return json::parse(result.out, nullptr, false);
  }
  // Figures of a fit by name, without intervals.
  static json Values(const json& figures) {
    json values;
    for (const json& figure : figures) {
      values[std::string(figure["name"])] = figure["estimate"]["value"];
    }
    return values;
  }
};

TEST_F(ImportTest, AFileIsImportedOnceAndGoesOnWhereItStopped) {
  const std::string rows =
      "n_params,tokens,val_loss\n1e6,2e7,3.2\n2e6,4e7,3.0\n4e6,8e7,2.8\n";
  const std::string path = Write("runs.csv", rows);
  const std::string first = Ok({"import", path, "--campaign", "old"});
  EXPECT_THAT(first, HasSubstr("columns: loss = val_loss, params = n_params, "
                               "tokens = tokens\n"));
  EXPECT_THAT(first, HasSubstr("3 runs imported into old, 0 were there already,"
                               " 0 refused\n"));
  EXPECT_THAT(Ok({"campaign", "get", "old"}), HasSubstr("completed"));
  Write("runs.csv", rows + "8e6,16e7,2.7\n");
  EXPECT_THAT(Ok({"import", path, "--into", "old", "--dry-run"}),
              HasSubstr("1 run would be imported into old, 3 are there "));
  EXPECT_THAT(Ok({"import", path, "--campaign", "old"}),
              HasSubstr("1 run imported into old, 3 were there already, 0"));
  const json trials = Json({"trial", "list", "old"})["trials"];
  ASSERT_EQ(trials.size(), 4);
  EXPECT_EQ(trials[3]["purpose"], "imported");
  EXPECT_EQ(trials[3]["source"], "runs.csv:5");
  const std::string list = Ok({"trial", "list", "old"});
  EXPECT_THAT(list, HasSubstr("imported from runs.csv:2"));
  EXPECT_THAT(list, HasSubstr(" ? "));
  EXPECT_THAT(Ok({"trial", "get", "old/1"}), HasSubstr("not known"));
  EXPECT_THAT(Ok({"trial", "list", "old", "--where", "source=runs.csv:3"}),
              HasSubstr("2"));
}

TEST_F(ImportTest, ADryRunSaysWhatANewCampaignWouldGet) {
  const std::string path =
      Write("runs.csv", "params,tokens,loss\n1e6,2e7,3.2\n2e6,4e7,3.0\n");
  EXPECT_THAT(Ok({"import", path, "--campaign", "old", "--dry-run"}),
              HasSubstr("2 runs would be imported into a new campaign, old, 0 "
                        "are there already\n"));
  EXPECT_EQ(Run({"campaign", "get", "old"}).exit_code, 1);
}

// With depth and width: shapes are those that `predict --input` takes, and N
// is the parameters.
TEST_F(ImportTest, ACampaignOfShapesAnswersAsItsFile) {
  SearchSpace space;
  space.base.head_dim = 64;
  space.base.vocab = 4096;
  space.base.context = 256;
  std::string rows = "params,tokens,loss,flops,depth,width\n";
  for (const double budget : {1e15, 4e15, 1.6e16}) {
    for (const auto& [depth, width] : {std::pair{2, 128},
                                       {2, 192},
                                       {3, 256},
                                       {4, 256},
                                       {5, 320},
                                       {6, 448}}) {
      const auto params = static_cast<double>(
          CountParameters(ShapeInSpace(space, depth, width)).total());
      const double tokens = budget / (6 * params);
      const double loss =
          1.7 + 400 / std::pow(params, 0.34) + 410 / std::pow(tokens, 0.28);
      rows += absl::StrFormat("%.0f,%.0f,%.6f,%.9g,%d,%d\n", params, tokens,
                              loss, budget, depth, width);
    }
  }
  const std::string path = Write("shapes.csv", rows);
  const ProgramResult imported = Run({"import", path, "--campaign", "shapes"});
  EXPECT_EQ(imported.exit_code, 0) << imported.err;
  EXPECT_THAT(imported.err, HasSubstr("shapes have heads of 64"));
  EXPECT_THAT(imported.err, HasSubstr("depth and width are imported"));
  EXPECT_THAT(imported.err, HasSubstr("'isoshape fit shapes'"));
  const json space_of = Json({"campaign", "get", "shapes"})["space"]["base"];
  EXPECT_EQ(space_of["head_dim"], 64);
  const json fit =
      Json({"fit", "shapes", "--law", "parametric", "--bootstrap", "10"});
  const json of_file = Json(
      {"fit", "--input", path, "--law", "parametric", "--bootstrap", "10"});
  EXPECT_EQ(Values(fit["parameters"]), Values(of_file["parameters"]));
  const json predicted = Json({"predict", "shapes", "--compute", "6e16",
                               "--law", "parametric", "--bootstrap", "10"});
  const json expected = Json({"predict", "--input", path, "--compute", "6e16",
                              "--law", "parametric", "--bootstrap", "10"});
  EXPECT_EQ(predicted["shape"]["width"], expected["shape"]["width"]);
  EXPECT_EQ(predicted["shape"]["depth"], expected["shape"]["depth"]);
  EXPECT_EQ(predicted["shape"]["head_dim"], 64);
  EXPECT_THAT(Ok({"predict", "shapes", "--compute", "6e16", "--law",
                  "parametric", "--bootstrap", "10"}),
              HasSubstr("N is parameters"));
  EXPECT_THAT(Ok({"campaign", "get", "shapes"}),
              HasSubstr("18 runs, trained elsewhere"));
  EXPECT_THAT(Ok({"best", "shapes"}), HasSubstr("4x256"));
  const ProgramResult points = Run({"export", "shapes", "--points"});
  EXPECT_EQ(std::count(points.out.begin(), points.out.end(), '\n'), 19);
  EXPECT_THAT(points.err, HasSubstr("no runs but imported ones"));
  // The command again goes on with the campaign, whatever its runs tell.
  EXPECT_THAT(Ok({"import", path, "--campaign", "shapes"}),
              HasSubstr("0 runs imported into shapes, 18 were there already"));
}

TEST_F(ImportTest, ARecordOfACampaignStandsForTheCoordinator) {
  const std::string path =
      Write("runs.csv", "params,tokens,loss\n1e6,2e7,3.2\n2e6,4e7,3.0\n");
  const std::string record =
      Write("c1.json", Json({"campaign", "get", "c1"}).dump());
  const json said =
      Json({"import", path, "--dry-run", "--into-record", record});
  ASSERT_EQ(said["runs"].size(), 2);
  EXPECT_EQ(said["runs"][0]["source"], "runs.csv:2");
  EXPECT_EQ(said["runs"][1]["tokens"], 4e7);
  EXPECT_EQ(said["columns"]["loss"], "loss");
  const ProgramResult without = Run({"import", path, "--into-record", record});
  EXPECT_EQ(without.exit_code, 2);
  EXPECT_THAT(without.err, HasSubstr("add --dry-run, or import by --into"));
  Write("c1.json", "{}");
  const ProgramResult empty =
      Run({"import", path, "--dry-run", "--into-record", record});
  EXPECT_EQ(empty.exit_code, 2);
  EXPECT_THAT(empty.err, HasSubstr("no space.base.head_dim"));
}

TEST_F(ImportTest, RowsThatAreRefusedAreNamedAndTheOthersStay) {
  const std::string path = Write("runs.csv",
                                 "params,tokens,loss\n1e6,2e7,3.2\n"
                                 "2e6,4e7,20000\n4e6,8e7,2.8\n");
  const ProgramResult result = Run({"import", path, "--into", "c1"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, HasSubstr("2 runs imported into c1, 0 were there "
                                    "already, 1 refused\nrefused: line 3: "
                                    "validation_loss 20000 "));
  EXPECT_THAT(result.err, HasSubstr("1 of 3 runs refused; correct these rows"));
  // What the file says of a row that is there already is held against it.
  Write("runs.csv",
        "params,tokens,loss\n1e6,2e7,3.3\n2e6,4e7,3\n4e6,8e7,2.8\n");
  const json again = Json({"import", path, "--into", "c1"});
  EXPECT_EQ(again["imported"], 1);
  EXPECT_EQ(again["known"], 1);
  ASSERT_EQ(again["refused"].size(), 1);
  EXPECT_EQ(again["refused"][0]["source"], "runs.csv:2");
  // Trials of its own are as they were.
  EXPECT_EQ(Json({"campaign", "get", "c1"})["trial_counts"]["pending"], 3);
}

TEST_F(ImportTest, ACampaignOfNoBudgetTrainsWhatIsCreated) {
  EXPECT_THAT(
      Ok({"campaign", "create", "--id", "mine", "--algorithm", "external"}),
      HasSubstr("clients create the trials"));
  EXPECT_THAT(
      Run({"campaign", "create", "--algorithm", "external", "--validate-only"})
          .err,
      HasSubstr("the campaign is valid"));
  EXPECT_EQ(Run({"campaign", "create"}).exit_code, 2);
  Ok({"trial", "create", "mine", "--depth", "2", "--width", "64", "--budget",
      "100G"});
  EXPECT_EQ(Json({"campaign", "get", "mine"})["state"], "running");
  RegisterWorker();
  for (const v1::Lease& lease : Lease(64)) {
    Complete(lease, v1::Trial::SUCCEEDED);
  }
  EXPECT_EQ(Json({"campaign", "get", "mine"})["state"], "completed");
  EXPECT_THAT(Ok({"best", "mine"}), HasSubstr("2x64"));
}

TEST_F(ImportTest, WrongUse) {
  const std::string path =
      Write("runs.csv", "params,tokens,loss\n1e6,2e7,3.2\n");
  EXPECT_THAT(Fails(2, {"import", path, "--campaign", "c1", "--dry-run",
                        "--output", "json", "--into", "c1"}),
              HasSubstr("--into"));
  const ProgramResult own = Run({"import", path, "--campaign", "c1"});
  EXPECT_EQ(own.exit_code, 2);
  EXPECT_THAT(own.err, HasSubstr("import into it by --into c1"));
  EXPECT_EQ(Run({"import", path, "--into", "none"}).exit_code, 1);
  EXPECT_THAT(Fails(2, {"import", path}), HasSubstr("give one of them"));
}

TEST_F(ImportTest, ShapesAreImportedIfTheyAreThoseOfTheCampaignsSpace) {
  SearchSpace space;
  space.base.context = 64;
  const int64_t params = CountParameters(ShapeInSpace(space, 2, 64)).total();
  const std::string path =
      Write("shapes.csv",
            absl::StrFormat("params,tokens,loss,depth,width\n%d,2e7,3.2,2,64\n",
                            params));
  EXPECT_THAT(Run({"import", path, "--into", "c1"}).err,
              HasSubstr("depth and width are imported"));
  const json trials =
      Json({"trial", "list", "c1", "--where", "purpose:imported"})["trials"];
  ASSERT_EQ(trials.size(), 1);
  EXPECT_EQ(trials[0]["shape"]["depth"], 2);
  const std::string other =
      Write("others.csv", "params,tokens,loss,depth,width\n7e7,2e9,3.2,2,64\n");
  EXPECT_THAT(Run({"import", other, "--into", "c1"}).err,
              HasSubstr("depth and width are not imported: "));
}

// Published runs, from the file and from a campaign of them alone.
TEST_F(ImportTest, ACampaignOfImportedRunsFitsLikeItsFile) {
  PUBLISHED_FILE_OR_SKIP(path, "chinchilla.csv");
  const std::string where = "used_in_fit=1";
  Ok({"import", path, "--campaign", "chinchilla", "--where", where});
  const json file = Json({"fit", "--input", path, "--where", where, "--law",
                          "parametric", "--bootstrap", "10"});
  const json campaign =
      Json({"fit", "chinchilla", "--law", "parametric", "--bootstrap", "10"});
  EXPECT_EQ(campaign["trials"], 240);
  const json expected = Values(file["parameters"]);
  ASSERT_EQ(expected.size(), 5);
  EXPECT_EQ(Values(campaign["parameters"]), expected);
}

// Its tokens are rounded, so that they are FLOPs / (6 N) in 12 digits alone.
TEST_F(ImportTest, BudgetsOfImportedRunsAreTheLevelsOfTheirFlops) {
  PUBLISHED_FILE_OR_SKIP(path, "porian.csv");
  const std::string where = "experiment=rw|base|short|kaplan|standard|val";
  Ok({"import", path, "--campaign", "porian", "--where", where});
  const json file =
      Values(Json({"fit", "--input", path, "--where", where, "--law", "isoflop",
                   "--bootstrap", "10"})["parameters"]);
  const json campaign =
      Values(Json({"fit", "porian", "--bootstrap", "10"})["parameters"]);
  ASSERT_TRUE(file.contains("a"));
  EXPECT_EQ(campaign["a"], file["a"]);
  EXPECT_NEAR(campaign["b"].get<double>(), file["b"].get<double>(), 1e-12);
}

}  // namespace
}  // namespace isoshape
