// Whole exports of trackers of experiments, as their programs write them, with
// all that is no run's figure: the fit is that of the law that made the losses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "tests/cli/run_files.h"
#include "tests/cli/run_program.h"

namespace isoshape {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

struct TrackedRun {
  int number;
  std::string params, tokens, loss;
};

// 24 runs, as texts.
std::vector<TrackedRun> TrackedRuns() {
  std::vector<TrackedRun> runs;
  for (const double size : {1e6, 4e6, 2e7, 1e8}) {
    for (const double ratio : {2.0, 5.0, 10.0, 20.0, 50.0, 100.0}) {
      const double tokens = ratio * size;
      const double loss =
          1.7 + 400 * std::pow(size, -0.34) + 410 * std::pow(tokens, -0.28);
      runs.push_back(
          {static_cast<int>(runs.size()), absl::StrFormat("%.0f", size),
           absl::StrFormat("%.0f", tokens), absl::StrFormat("%.17g", loss)});
    }
  }
  return runs;
}

std::string RunId(const TrackedRun& run) {
  return absl::StrFormat("%032x", 0x9E3779B97F4A7C15 * (run.number + 1));
}

// The runs by `write`, and one that failed before it had a loss.
std::string Joined(const std::string& separator,
                   const std::function<std::string(const TrackedRun&)>& write) {
  std::vector<TrackedRun> runs = TrackedRuns();
  runs.push_back({24, "8000000", "", ""});
  return absl::StrJoin(runs, separator,
                       [&](std::string* out, const TrackedRun& run) {
                         absl::StrAppend(out, write(run));
                       });
}

const char* Status(const TrackedRun& run) {
  return run.loss.empty() ? "FAILED" : "FINISHED";
}

// mlflow.search_runs().to_csv(): a column without a name, then info, metrics,
// params and tags; times with a zone.
std::string MlflowCsv() {
  return "\xEF\xBB\xBF,run_id,experiment_id,status,artifact_uri,start_time,"
         "end_time,metrics.val_loss,metrics.train_loss,metrics.tokens_seen,"
         "params.n_params,params.optimizer,params.betas,"
         "tags.mlflow.runName,tags.mlflow.note.content,tags.mlflow.user\n" +
         Joined("\n", [](const TrackedRun& run) {
           return absl::StrCat(run.number, ",", RunId(run), ",1,", Status(run),
                               ",file:///mlruns/1/x/artifacts,"
                               "2026-01-04 10:00:01.123000+00:00,,",
                               run.loss, ",", run.loss, ",", run.tokens, ",",
                               run.params, ",adamw,\"(0.9, 0.95)\",rare-fox-",
                               run.number % 3,
                               ",\"two lines,\nwith \"\"quotes\"\"\",ann");
         });
}

// The answer of the server to runs/search: metrics, params and tags are lists
// of pairs.
std::string MlflowRest() {
  return "{\"runs\": [" +
         Joined(
             ",\n",
             [](const TrackedRun& run) {
               const std::string tokens =
                   run.tokens.empty()
                       ? ""
                       : absl::StrCat(
                             ",{\"key\":\"tokens_seen\",\"value\":", run.tokens,
                             ",\"timestamp\":1767520801123,\"step\":99}");
               const std::string metrics =
                   run.loss.empty()
                       ? ""
                       : absl::StrCat(
                             "{\"key\":\"val_loss\",\"value\":", run.loss,
                             ",\"timestamp\":1767520801123,\"step\":99}",
                             tokens);
               return absl::StrCat(
                   "{\"info\": {\"run_uuid\": \"", RunId(run),
                   "\", \"run_id\": \"", RunId(run),
                   "\", \"run_name\": \"rare-fox-", run.number % 3,
                   "\", \"experiment_id\": \"1\", \"status\": \"", Status(run),
                   "\", \"start_time\": 1767520800000, \"lifecycle_stage\": "
                   "\"active\"}, \"data\": {\"metrics\": [",
                   metrics,
                   "], \"params\": [{\"key\": \"optimizer\", \"value\": ",
                   "\"adamw\"}, {\"key\": \"n_params\", \"value\": \"",
                   run.params,
                   "\"}], \"tags\": [{\"key\": \"mlflow.user\", \"value\": "
                   "\"ann\"}]}, \"inputs\": {}}");
             }) +
         "], \"next_page_token\": \"eyJvZmZzZXQiOiAyNX0=\"}";
}

// [run.to_dictionary() for run in client.search_runs(...)], a run a line.
std::string MlflowDictionaries() {
  return Joined("\n", [](const TrackedRun& run) {
    return absl::StrCat(
        "{\"info\": {\"run_id\": \"", RunId(run),
        "\", \"run_name\": \"fox\", "
        "\"status\": \"",
        Status(run), "\", \"end_time\": null}, \"data\": {", "\"metrics\": {",
        run.loss.empty() ? ""
                         : absl::StrCat("\"val_loss\": ", run.loss,
                                        ", \"tokens_seen\": ", run.tokens),
        "}, \"params\": {\"n_params\": \"", run.params,
        "\"}, \"tags\": {\"mlflow.user\": \"ann\"}}, \"inputs\": "
        "{\"dataset_inputs\": []}}");
  });
}

// The table of a project of W&B, downloaded.
std::string WandbTable() {
  return "\"Name\",\"State\",\"Notes\",\"User\",\"Tags\",\"Created\","
         "\"Runtime\",\"Sweep\",\"model.n_params\",\"lr\",\"tokens_seen\","
         "\"val/loss\",\"train/loss\",\"_step\"\n" +
         Joined("\n", [](const TrackedRun& run) {
           return absl::StrCat(
               "\"fox-", run.number % 3, "\",\"",
               run.loss.empty() ? "crashed" : "finished",
               "\",\"-\",\"ann\",\"\",\"2026-01-04T10:00:01.000Z\",\"812\",\"",
               "\",\"", run.params, "\",\"0.003\",\"", run.tokens, "\",\"",
               run.loss.empty() ? "NaN" : run.loss, "\",\"2.9\",\"99\"");
         });
}

// json.dump of what api.runs() gives: summary and config, in which W&B keeps
// figures of its own.
std::string WandbApi() {
  return absl::StrCat(
      "[",
      Joined(", ",
             [](const TrackedRun& run) {
               return absl::StrCat(
                   "{\"name\": \"fox-", run.number % 3, "\", \"id\": \"",
                   RunId(run).substr(0, 8),
                   "\", \"state\": \"finished\", "
                   "\"tags\": [], \"config\": {\"_wandb\": {\"value\": {\"t\": "
                   "{\"1\": [1, 5]}}}, \"n_params\": {\"desc\": null, "
                   "\"value\": ",
                   run.params,
                   "}, \"betas\": {\"desc\": null, \"value\": [0.9, "
                   "0.95]}}, \"summary\": {\"_step\": 99, \"_wandb\": "
                   "{\"runtime\": 812}, \"tokens_seen\": ",
                   run.tokens.empty() ? "null" : run.tokens,
                   ", \"val/loss\": ", run.loss.empty() ? "NaN" : run.loss,
                   "}}");
             }),
      "]");
}

// study.trials_dataframe().to_csv() of Optuna: parameters and attributes behind
// a word, the loss as the value of the study; a trial that was pruned has the
// value that it had then.
std::string OptunaFrame() {
  return ",number,value,datetime_start,datetime_complete,duration,"
         "params_n_params,params_lr,user_attrs_tokens_seen,state\n" +
         Joined("\n",
                [](const TrackedRun& run) {
                  return absl::StrCat(run.number, ",", run.number, ",",
                                      run.loss,
                                      ",2026-01-04 10:00:01.123456,2026-01-04 "
                                      "10:09:01.123456,0 days 00:09:00,",
                                      run.params, ",0.003,", run.tokens, ",",
                                      run.loss.empty() ? "FAIL" : "COMPLETE");
                }) +
         "\n25,25,9.5,2026-01-04 10:00:01.123456,,,1000000,0.003,5000000,"
         "PRUNED";
}

// The table of optuna-dashboard, downloaded.
std::string OptunaDashboard() {
  return "Number,State,Value,Param lr,Param n_params,UserAttribute "
         "tokens_seen\n" +
         Joined("\n", [](const TrackedRun& run) {
           return absl::StrCat(
               run.number, ",", run.loss.empty() ? "Fail" : "Complete", ",",
               run.loss, ",0.003,", run.params, ",", run.tokens);
         });
}

// A trial of a study a line, as its attributes are written out.
std::string OptunaTrials() {
  return Joined("\n", [](const TrackedRun& run) {
    return absl::StrCat(
        "{\"number\": ", run.number, ", \"state\": \"",
        run.loss.empty() ? "FAIL" : "COMPLETE",
        "\", \"value\": ", run.loss.empty() ? "null" : run.loss,
        ", \"params\": {\"lr\": 0.003, \"n_params\": ", run.params,
        "}, \"user_attrs\": {\"tokens_seen\": ",
        run.tokens.empty() ? "null" : run.tokens, "}, \"system_attrs\": {}}");
  });
}

struct Export {
  const char* name;
  std::string (*write)();
};

class RunExportsTest : public RunFilesTest,
                       public testing::WithParamInterface<Export> {};

TEST_P(RunExportsTest, GivesTheLawOfItsRuns) {
  const std::string path = Write("export", GetParam().write());
  const ProgramResult result = RunIsoshape(
      {"fit", "--input", path, "--bootstrap", "0", "--output", "json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const json answer = json::parse(result.out, nullptr, false);
  EXPECT_EQ(answer["trials"], 24);
  EXPECT_NEAR(ValueOf(answer["parameters"], "alpha"), 0.34, 1e-6);
  EXPECT_NEAR(ValueOf(answer["parameters"], "beta"), 0.28, 1e-6);
  EXPECT_NEAR(ValueOf(answer["parameters"], "E"), 1.7, 1e-5);
  EXPECT_THAT(answer["table"]["notes"].dump(),
              HasSubstr("1 of 25 rows left out: no "));
}

TEST_F(RunFilesTest, TrialsThatDidNotEndAreLeftOut) {
  const std::string path = Write("study.csv", OptunaFrame());
  const ProgramResult result =
      RunIsoshape({"fit", "--input", path, "--bootstrap", "0"});
  EXPECT_THAT(result.err,
              HasSubstr("left out, as 'state' says that they did not end: 1 "
                        "row of PRUNED (line 27)"));
  EXPECT_THAT(result.err, HasSubstr("loss = 'value'"));
}

INSTANTIATE_TEST_SUITE_P(
    Trackers, RunExportsTest,
    testing::Values(Export{"MlflowCsv", MlflowCsv},
                    Export{"MlflowRest", MlflowRest},
                    Export{"MlflowDictionaries", MlflowDictionaries},
                    Export{"WandbTable", WandbTable},
                    Export{"WandbApi", WandbApi},
                    Export{"OptunaFrame", OptunaFrame},
                    Export{"OptunaDashboard", OptunaDashboard},
                    Export{"OptunaTrials", OptunaTrials}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace isoshape
